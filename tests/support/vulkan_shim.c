/* A libvulkan.so.1 in front of the real one, for the software Vulkan driver of Mesa 22 (lavapipe).
 *
 * It claims two features which that driver lacks and without which WebGPU refuses it: arrays of images that are indexed
 * at run time. No kernel of ONNX Runtime uses them. VULKAN_REAL names the library of the system. The structures are
 * those of vulkan_core.h, which is not on every machine. Build:
 *
 *   cc -O1 -fPIC -shared -Wl,-soname,libvulkan.so.1 -o libvulkan.so.1 vulkan_shim.c -ldl
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLED_IMAGES = 34, STORAGE_IMAGES = 36, FEATURES = 55, OF_FEATURES_2 = 1000059000 };
typedef struct { uint32_t flags[FEATURES]; } Features;
typedef struct Chained { uint32_t type; struct Chained *next; Features features; } Chained;
typedef struct {
    uint32_t type; const Chained *next; uint32_t flags, queues; const void *queue; uint32_t layers; const void *layer;
    uint32_t extensions; const void *extension; const Features *enabled;
} DeviceInfo;
typedef void (*Function)(void);
typedef Function (*GetFunction)(void *, const char *);

static void *instance_of_last;

static GetFunction real(void) {
    static GetFunction found;
    if (!found) {
        const char *path = getenv("VULKAN_REAL");
        void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
        found = library ? (GetFunction)dlsym(library, "vkGetInstanceProcAddr") : NULL;
        if (!found) { fprintf(stderr, "vulkan_shim: VULKAN_REAL names no library of Vulkan\n"); abort(); }
    }
    return found;
}

static void set(Features *features, uint32_t value) {
    features->flags[SAMPLED_IMAGES] = features->flags[STORAGE_IMAGES] = value;
}

static void get_features(void *device, Features *features) {
    ((void (*)(void *, Features *))real()(instance_of_last, "vkGetPhysicalDeviceFeatures"))(device, features);
    set(features, 1);
}

static void get_features_2(void *device, Chained *chained) {
    ((void (*)(void *, Chained *))real()(instance_of_last, "vkGetPhysicalDeviceFeatures2"))(device, chained);
    set(&chained->features, 1);
}

static int32_t create_device(void *device, const DeviceInfo *given, const void *allocator, void *out) {
    DeviceInfo info = *given;
    Features enabled;
    if (info.enabled) {
        enabled = *info.enabled;
        set(&enabled, 0);
        info.enabled = &enabled;
    }
    for (Chained *chained = (Chained *)info.next; chained; chained = chained->next)
        if (chained->type == OF_FEATURES_2) set(&chained->features, 0);
    typedef int32_t (*Create)(void *, const DeviceInfo *, const void *, void *);
    return ((Create)real()(instance_of_last, "vkCreateDevice"))(device, &info, allocator, out);
}

static int32_t create_instance(const void *info, const void *allocator, void **out) {
    typedef int32_t (*Create)(const void *, const void *, void **);
    int32_t result = ((Create)real()(NULL, "vkCreateInstance"))(info, allocator, out);
    if (!result) instance_of_last = *out;
    return result;
}

Function vkGetInstanceProcAddr(void *instance, const char *name) {
    if (!strcmp(name, "vkGetInstanceProcAddr")) return (Function)vkGetInstanceProcAddr;
    if (!strcmp(name, "vkCreateInstance")) return (Function)create_instance;
    if (!strcmp(name, "vkCreateDevice")) return (Function)create_device;
    if (!strcmp(name, "vkGetPhysicalDeviceFeatures")) return (Function)get_features;
    if (!strncmp(name, "vkGetPhysicalDeviceFeatures2", 28)) return (Function)get_features_2;
    return real()(instance, name);
}
