"""How a measurement is made: the record of its settings, with their defaults, and the table that describes each.

A new setting is a field of ``Method`` and a row of ``SETTINGS``. The options of the commands, the benchmark dialog, the
protocols of prompts.json, the JSON of a run and the baseline are all made from these two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

DEFAULT_MAX_ROUNDS: Final = 100
"""No rounds are added beyond this number if ``Method.max_rounds`` is not set."""
MOST_AT_ONCE: Final = 256
"""Each request in flight is a connection, and a process may open about a thousand."""


class Mode(StrEnum):
    """Whether models are loaded one after the other, or run each prompt together."""

    ONE_BY_ONE = "one_by_one"
    SIDE_BY_SIDE = "side_by_side"


class Order(StrEnum):
    """How the samples of several models follow each other in a run."""

    BLOCKS = "blocks"
    INTERLEAVED = "interleaved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """The settings of a measurement: ``rounds`` over all prompts, after ``warmup`` passes that count nowhere.

    Files hold the settings under the names of these fields and in their order, so neither ever changes.
    """

    prompt_set: str = ""
    """The name of the set that the prompts come from; empty if they come from no set."""
    rounds: int = 3
    warmup: int = 1
    max_tokens: int = 150
    temperature: float = 0.0
    seed: int | None = None
    mode: Mode = Mode.ONE_BY_ONE
    order: Order = Order.BLOCKS
    launches: int = 1
    """Fresh processes that the rounds of each model are spread over."""
    cool_down_s: float = 0.0
    """Rest before each sample but a launch's first."""
    protocol: str = ""
    """The name of the preset that the settings were taken from, and what was changed since."""
    until_interval: float | None = None
    """Rounds are added until the 95 % interval of each headline reaches no further than this share to a side."""
    max_rounds: int | None = None
    """No rounds are added beyond this number."""
    sweep: str = ""
    """What the prompts step through, ``prompt`` or ``output``; empty if the prompts are no sweep."""
    concurrency: tuple[int, ...] = (1,)
    """Numbers of requests in flight together, the lowest first; only an endpoint takes more than one."""
    max_per_second: float | None = None
    """At most so many requests are sent to an endpoint in a second."""
    no_cache_hits: bool = False
    """Each prompt begins with a number of its own, so that no server takes it from its cache."""
    time_limit_s: float | None = None
    """An endpoint's answer that is not complete after this time counts as failed."""
    yardstick: bool = False
    """A practice model takes turns with the models, so that runs can be compared relative to the machine's pace."""

    arrivals_per_s: tuple[float, ...] = ()
    """Mean rates at which requests arrive, one level after the other, however many are in flight (an open loop)."""
    arrival_seed: int = 1
    """The seed of the arrivals, which are those of a Poisson process."""
    slo: str = ""
    """What a request has to keep to be good, as ``ttft=500ms,tpot=50ms``; see ``measure.timing.goodput``."""

    @property
    def concurrent(self) -> bool:
        """Whether levels of several requests in flight are measured, each of which is sent as one is answered."""
        return self.concurrency != (1,)

    @property
    def has_levels(self) -> bool:
        """Whether several requests are in flight together, at numbers at once or by arrivals."""
        return self.concurrent or bool(self.arrivals_per_s)

    @property
    def loaded_together(self) -> bool:
        """Whether the models are in memory at the same time."""
        return self.mode is Mode.SIDE_BY_SIDE or self.order is Order.INTERLEAVED


DEFAULT_METHOD: Final = Method()


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """The value of a setting is a whole number from ``least`` up."""

    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """The value of a setting is a number from 0 up, or above 0."""

    unit: str = ""
    above_zero: bool = False


@dataclass(frozen=True, slots=True)
class Percentage:
    """The value of a setting is a share of 1, which people write in per cent."""


@dataclass(frozen=True, slots=True)
class NumberList:
    """The value of a setting is a list of whole numbers from 1 to ``most``, each once and in ascending order."""

    most: int


@dataclass(frozen=True, slots=True)
class RateList:
    """The value of a setting is a list of rates a second above 0, each once and in ascending order."""


@dataclass(frozen=True, slots=True)
class Targets:
    """The value of a setting is a list of limits, such as ``ttft=500ms,tpot=50ms``."""


@dataclass(frozen=True, slots=True)
class Word:
    """The value of a setting is one of several words, which people write with hyphens."""

    values: type[Mode] | type[Order]

    @property
    def by_word(self) -> Mapping[str, Mode | Order]:
        """The values by the word that people write."""
        return {value.value.replace("_", "-"): value for value in self.values}


@dataclass(frozen=True, slots=True)
class Switch:
    """The setting is on or off."""


ValueKind = WholeNumber | Amount | Percentage | NumberList | RateList | Targets | Word | Switch


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How a setting is asked for in the benchmark dialog."""

    place: int
    """The entries are shown in the order of their places."""
    label: str
    tooltip: str = ""
    if_empty: str = ""
    """What holds if nothing is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A row of the table of settings; ``name`` is the field of ``Method``, which is also the key in every file."""

    name: str
    kind: ValueKind
    words: str = ""
    """What it is called in a list of what was changed; the name if this is empty."""
    option: str
    """Its option on the command line."""
    metavar: str | None = None
    """What stands for the value in the help of the option."""
    help: str
    """The help of the option, in which ``{default}`` stands for the default."""
    entry: Entry | None = None
    in_protocols: bool = False
    """A protocol of prompts.json may set it."""
    in_baseline: bool = True
    """A baseline holds it, since the numbers of a run depend on it."""
    added_later: bool = False
    """Files from before the setting existed lack it, and it had its default then."""
    for_servers: bool = False
    """It makes sense only for models that a server runs."""

    @property
    def default(self) -> Any:
        return getattr(DEFAULT_METHOD, self.name)

    def help_text(self, variable: str = "") -> str:
        """Return the help of the option with its default, and with the environment variable that sets it."""
        default = self.default.value.replace("_", "-") if isinstance(self.default, StrEnum) else self.default
        shown = f"{default:g}" if isinstance(default, float) else default
        text = self.help.format(default=shown)
        return text.replace("[default:", f"[{variable}; default:") if variable else text


_ROWS: Final = (
    Setting(
        name="rounds",
        kind=WholeNumber(1),
        option="--rounds",
        metavar="N",
        help="Measured passes over the prompts. [default: {default}]",
        entry=Entry(place=1, label="Rounds", tooltip="How often each prompt is asked; more make surer numbers"),
        in_protocols=True,
    ),
    Setting(
        name="warmup",
        kind=WholeNumber(0),
        option="--warmup",
        metavar="N",
        help="Warm-up passes before them, which count nowhere. [default: {default}]",
        entry=Entry(place=2, label="Warm-up", tooltip="Requests of each start that no average has"),
        in_protocols=True,
    ),
    Setting(
        name="launches",
        kind=WholeNumber(1),
        option="--launches",
        metavar="N",
        help="Fresh starts (launches) of each model that the rounds are spread over. [default: {default}]",
        entry=Entry(place=3, label="Launches", tooltip="Starts of each model; five or more tell a change from chance"),
        in_protocols=True,
    ),
    Setting(
        name="max_tokens",
        kind=WholeNumber(1),
        option="--max-tokens",
        metavar="N",
        help="Longest answer, in tokens. [default: {default}]",
        entry=Entry(place=4, label="Max tokens", tooltip="The longest answer, in tokens"),
        in_protocols=True,
    ),
    Setting(
        name="mode",
        kind=Word(Mode),
        option="--mode",
        help="One model after the other, or all at once. [default: {default}]",
        in_protocols=True,
    ),
    Setting(
        name="order",
        kind=Word(Order),
        option="--order",
        help="One by one: all of one model, then the next, or in turns (A B C, A B C) with all of them loaded. "
        "[default: {default}]",
        in_protocols=True,
    ),
    Setting(
        name="cool_down_s",
        kind=Amount(unit="seconds"),
        words="cool-down",
        option="--cool-down",
        metavar="S",
        help="Seconds of rest before each sample. [default: {default}]",
        entry=Entry(place=7, label="Cool-down s", tooltip="Seconds of rest before each request", if_empty="0"),
        in_protocols=True,
    ),
    Setting(
        name="until_interval",
        kind=Percentage(),
        words="interval to reach",
        option="--until-ci",
        metavar="SHARE",
        help="Add rounds (with --launches above 1: launches) until TTFT and decode rate are sure to ± this, as 3%.",
        entry=Entry(
            place=5,
            label="Stop at ±%",
            tooltip="Adds rounds until the 95 % interval of TTFT and decode rate reaches no further than this share to "
            "either side, as 3%; with launches above 1 it adds launches",
            if_empty="off",
        ),
        in_protocols=True,
        in_baseline=False,
    ),
    Setting(
        name="max_rounds",
        kind=WholeNumber(1),
        option="--max-rounds",
        metavar="N",
        help=f"The most rounds that --until-ci measures. [default: {DEFAULT_MAX_ROUNDS}]",
        entry=Entry(
            place=6, label="Max rounds", tooltip="Rounds at which adding ends", if_empty=str(DEFAULT_MAX_ROUNDS)
        ),
        in_protocols=True,
        in_baseline=False,
    ),
    Setting(
        name="temperature",
        kind=Amount(),
        option="--temperature",
        metavar="T",
        help="Sampling temperature; 0 = always the same answer. [default: {default}]",
    ),
    Setting(
        name="seed",
        kind=WholeNumber(0),
        option="--seed",
        metavar="N",
        help="Seed of the sampling, if the temperature is above 0.",
    ),
    Setting(
        name="concurrency",
        kind=NumberList(MOST_AT_ONCE),
        option="--concurrency",
        metavar="N,N",
        help="Requests at once, one level after the other, as 1,2,4,8; for models of a server.",
        entry=Entry(
            place=8, label="At once", tooltip="Requests that a server is sent at once, one number after the other"
        ),
        for_servers=True,
    ),
    Setting(
        name="arrivals_per_s",
        kind=RateList(),
        words="arrivals",
        option="--rate",
        metavar="R,R/s",
        help="Requests that arrive a second, answered or not, level by level, as 2,4/s; waiting counts.",
        added_later=True,
        for_servers=True,
    ),
    Setting(
        name="arrival_seed",
        kind=WholeNumber(0),
        words="seed of the arrivals",
        option="--rate-seed",
        metavar="N",
        help="Seed of the random arrivals of --rate. [default: {default}]",
        added_later=True,
        for_servers=True,
    ),
    Setting(
        name="slo",
        kind=Targets(),
        words="limits of a good request",
        option="--slo",
        metavar="T=MS,...",
        help="Count requests that keep these limits, as ttft=500ms,tpot=50ms,e2e=3s, at each level.",
        in_baseline=False,
        added_later=True,
        for_servers=True,
    ),
    Setting(
        name="max_per_second",
        kind=Amount(above_zero=True),
        option="--max-rps",
        metavar="R",
        help="Send a server at most this many requests a second.",
        in_baseline=False,
        for_servers=True,
    ),
    Setting(
        name="no_cache_hits",
        kind=Switch(),
        words="cache hits",
        option="--no-cache-hits",
        help="Begin each prompt with a number of its own, so that no server takes it from its cache.",
        in_protocols=True,
        added_later=True,
    ),
    Setting(
        name="time_limit_s",
        kind=Amount(unit="seconds", above_zero=True),
        option="--request-timeout",
        metavar="S",
        help="End a server's answer after this many seconds.",
        in_baseline=False,
        for_servers=True,
    ),
    Setting(
        name="yardstick",
        kind=Switch(),
        option="--yardstick / --no-yardstick",
        help="Let a practice model take turns with the models, at most a fifth of the time, so that comparisons leave "
        "the machine's pace out; on for thorough, --deterministic-json and --baseline.",
        in_protocols=True,
        in_baseline=False,
        added_later=True,
    ),
)
SETTINGS: Final[Mapping[str, Setting]] = {setting.name: setting for setting in _ROWS}
"""The settings of a person, by name: all but ``prompt_set``, ``sweep`` and ``protocol``, which follow from the
choice of the prompts and of the preset.
"""


def flattened(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a record that holds a ``method``, as files have them: each setting stands among the others."""
    flat: dict[str, Any] = {}
    for name, value in members.items():
        flat |= value if name == "method" else {name: value}
    return flat
