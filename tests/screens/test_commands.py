"""The tables of commands: every key is a row, and palette, help, footer and guide show the rows."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from textual.binding import Binding
from textual.command import CommandPalette
from textual.keys import format_key
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static

import tui.panes
import tui.screens
from tests.support import builders, scripted
from tests.support.scripted import Pause, ScriptedRun
from tests.support.workbench import NARROW, WIDE, Driver, driving
from tui import guide
from tui.app import BenchtopApp
from tui.bench.events import Event
from tui.measure.timing.metrics import DEFINITIONS
from tui.records import Plan
from tui.screens.frame.about import MARKS
from tui.screens.frame.commands import Command, CommandOwner, action_of
from tui.screens.frame.help import HelpScreen
from tui.screens.frame.keys import keys_of
from tui.screens.frame.meanings import KEY_MEANINGS, MOVING_KEYS
from tui.screens.workbench.screen import Workbench
from tui.workspace.workspace import Workspace

TINY = builders.model("tiny")


def workspace() -> Workspace:
    """A workspace whose runs do not end by themselves."""
    pause = Pause()

    def script(plan: Plan) -> Iterable[Event | Pause]:
        yield from scripted.loading(plan.models[0])
        yield pause

    return scripted.workspace(ScriptedRun(script), TINY)


def classes_below(package: Any, kind: type[Any]) -> Iterator[type[Any]]:
    """Every class of this kind that the package declares."""
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for _, declared in inspect.getmembers(importlib.import_module(info.name), inspect.isclass):
            if issubclass(declared, kind) and declared.__module__ == info.name:
                yield declared


SCREENS = [screen for screen in classes_below(tui.screens, Screen) if not issubclass(screen, ModalScreen)]
OWNERS = [BenchtopApp, *(screen for screen in SCREENS if "BINDINGS" in vars(screen))]
PANES = [pane for pane in classes_below(tui.panes, Widget) if ".widgets." not in pane.__module__]


def own_bindings(declaring: type[Any]) -> list[Binding]:
    return [binding for binding in vars(declaring).get("BINDINGS", ()) if isinstance(binding, Binding)]


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.__name__)
def test_every_key_of_a_screen_is_a_row_of_its_table(owner: type[CommandOwner]) -> None:
    table = owner.COMMAND_TABLE
    assert {binding.action for binding in own_bindings(owner)} == {action_of(row.id) for row in table if row.key}
    assert len({row.id for row in table}) == len(table)
    keys = [key for row in table if row.key for key in row.key.split(",")]
    assert len(set(keys)) == len(keys)
    assert all(row.name for row in table)


EVERY_OWNER = [BenchtopApp, *classes_below(tui.screens, Screen), *classes_below(tui.panes, Widget)]
SHARED_NAMES = {"Back", "Cancel", "Close", "Quit", "New line", "Prompt", "Zoom in"}
"""Escape and q both leave, p and / go to the prompt, and a key that not every terminal reports has a second one."""


@pytest.mark.parametrize("owner", EVERY_OWNER, ids=lambda owner: owner.__name__)
def test_a_key_means_the_same_on_every_screen_or_nothing(owner: type[Any]) -> None:
    names = {row.key: row.names for row in KEY_MEANINGS}
    for binding in own_bindings(owner):
        for key in set(binding.key.split(",")) - MOVING_KEYS:
            assert binding.description in names.get(key, ()), f"{key} is to mean {binding.description}, too"


def test_a_command_has_one_key_only() -> None:
    keys = [row.key for row in KEY_MEANINGS]
    assert len(set(keys)) == len(keys)
    assert not MOVING_KEYS & set(keys)
    names = [name for row in KEY_MEANINGS for name in row.names - SHARED_NAMES]
    assert sorted(names) == sorted(set(names))


def names_key(display: str, key: str) -> bool:
    """Whether this way of writing several keys, such as "←→" or "1-5", names the key."""
    first, to, last = display.partition("-")
    return key in display or bool(to and first <= key <= last)


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.__name__)
def test_a_key_without_a_line_in_the_help_is_named_in_the_line_of_another(owner: type[CommandOwner]) -> None:
    displays = [row.key_display for row in owner.COMMAND_TABLE if row.key_display and row.tooltip]
    for row in owner.COMMAND_TABLE:
        key = format_key(row.key.partition(",")[0])
        assert row.tooltip or any(names_key(display, key) for display in displays), row.id


@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.__name__)
def test_every_key_of_a_pane_has_a_name_and_a_tooltip(pane: type[Widget]) -> None:
    assert all(binding.description and binding.tooltip for binding in own_bindings(pane))


async def shown_in_palette(driver: Driver) -> str:
    """Open the palette, and return all that it lists."""
    await driver.press("ctrl+p")
    await driver.until(lambda: isinstance(driver.app.screen, CommandPalette))
    await driver.until(lambda: palette_rows(driver))
    return "\n".join(palette_rows(driver))


def palette_rows(driver: Driver) -> list[str]:
    """Return what the palette lists, the first row first."""
    return [str(option.prompt) for option in driver.app.screen.query_one(OptionList).options]


async def test_palette_and_help_of_the_workbench_have_every_key_with_its_name() -> None:
    async with driving(workspace, size=WIDE) as driver:
        await driver.press("r")
        await driver.until(lambda: driver.session.running)
        keys = keys_of(driver.app, driver.bench)
        commands = [*Workbench.COMMAND_TABLE, *BenchtopApp.COMMAND_TABLE]
        panes = [binding for widget in driver.bench.walk_children() for binding in own_bindings(type(widget))]
        names = {row.name for row in commands} | {binding.description for binding in panes if binding.tooltip}
        assert {key.name for key in keys} == names
        listed = " ".join((await shown_in_palette(driver)).split())
        for key in keys:
            row = " ".join(f"{key.key} {key.name} {key.tooltip}".split())
            assert (row in listed) == key.offered, key
        assert "s Stop " in listed
        rows, by_name = palette_rows(driver), [key for key in keys if key.offered and key.tooltip]
        first, moving = [key for key in by_name if key.shown], [key for key in by_name if key.moves]
        assert all(key.name in row for key, row in zip(first, rows, strict=False)), "the main commands come first"
        assert all(key.name in row for key, row in zip(moving, rows[-len(moving) :], strict=True)), "arrows come last"
        assert "Unload" not in listed, "nothing can be unloaded while a question is answered"
        await driver.press(*"markdown")
        await driver.until(lambda: "Export" in palette_rows(driver)[0])
        assert all("Markdown" in row for row in palette_rows(driver)), "the words on a command are searched too"
        await driver.press("escape")
        await driver.press("?")
        await driver.until(lambda: isinstance(driver.app.screen, HelpScreen))
        words = [str(text.visual) for text in driver.app.screen.query(Static)]
        for key in keys:
            assert not key.key or (key.key in words and key.tooltip in words)


@pytest.mark.parametrize("screen", [screen for screen in SCREENS if getattr(screen, "COMMAND_TABLE", ())])
def test_the_help_of_a_screen_begins_with_what_it_shows(screen: type[Workbench]) -> None:
    assert screen.ABOUT.title
    assert screen.ABOUT.words.endswith(".")
    assert {*screen.ABOUT.numbers, *MARKS} <= {name for name, _ in DEFINITIONS}
    assert screen.ABOUT.topic in guide.TOPICS


async def test_a_key_of_a_pane_is_pressed_in_the_palette_as_if_the_pane_had_the_focus() -> None:
    async with driving(workspace, size=NARROW) as driver:
        await driver.press("ctrl+p")
        await driver.until(lambda: isinstance(driver.app.screen, CommandPalette))
        driver.app.screen.query_one(Input).value = "Zoom"
        await driver.until(lambda: driver.app.screen.query_one(OptionList).option_count == 3)
        await driver.press("enter")
        await driver.until(lambda: driver.shown("#memory"))
        await driver.until(lambda: "last 5 minutes" in str(driver.bench.memory.border_subtitle))


async def test_the_guide_lists_the_keys_of_the_workbench_as_the_help_does() -> None:
    async with driving(workspace) as driver:
        rows = [f"| `{entry.name.replace('^', 'ctrl+')}` | {entry.text} |" for entry in driver.bench.help_entries()]
    table = "\n".join(("| key | what it does |", "| --- | --- |", *rows))
    assert table in guide.source_of("keys"), f"write this table into tui/guide/keys.md:\n{table}"


async def test_a_command_that_makes_no_sense_now_does_nothing_and_a_coroutine_is_awaited() -> None:
    done: list[str] = []

    async def run(_owner: CommandOwner) -> None:
        done.append("run")

    class Owner(CommandOwner):
        COMMAND_TABLE = (
            Command("go", "g", "Go", "Go on", run),
            Command("never", "n", "Never", "Do nothing", run, enabled=lambda _: False),
            Command("grey", "x", "Grey", "Do nothing yet", run, enabled=lambda _: None),
            Command("hidden", "", "Hidden", "Only the palette has it", run),
        )

    owner = Owner()
    assert [binding.key for binding in own_bindings(Owner)] == ["g", "n", "x"]
    states = [owner.check_action("command", (row.id,)) for row in Owner.COMMAND_TABLE]
    assert states == [True, False, None, True]
    await owner.action_command("go")
    assert done == ["run"]
