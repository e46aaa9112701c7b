/* A file system without locks, or without memory that processes share, in place of the real one. Tests preload it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int refuses(const char *what) {
    const char *missing = getenv("MISSING");
    return missing && strstr(missing, what);
}

static int any_fcntl(const char *name, int fd, int command, void *argument) {
    int (*real)(int, int, ...) = dlsym(RTLD_NEXT, name);
    if ((command == F_SETLK || command == F_SETLKW || command == F_GETLK) && refuses("locks")) {
        errno = ENOLCK;
        return -1;
    }
    return real(fd, command, argument);
}

int fcntl(int fd, int command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return any_fcntl("fcntl", fd, command, argument);
}

int fcntl64(int fd, int command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return any_fcntl("fcntl64", fd, command, argument);
}

static int is_of_log(int fd) {
    char link[64], name[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = fd < 0 ? -1 : readlink(link, name, sizeof name - 1);
    if (size < 4) return 0;
    name[size] = 0;
    return !strcmp(name + size - 4, "-shm");
}

static void *any_mmap(const char *name, void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    void *(*real)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, name);
    if (refuses("memory") && (flags & MAP_SHARED) && is_of_log(fd)) {
        errno = ENODEV;
        return MAP_FAILED;
    }
    return real(at, size, protection, flags, fd, offset);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    return any_mmap("mmap", at, size, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    return any_mmap("mmap64", at, size, protection, flags, fd, offset);
}
