"""The numbers of one model at each step of a run: at each length of a sweep, or at each number of requests at once."""

from __future__ import annotations

from dataclasses import dataclass

from tui.records.sample import CLIENT_BETWEEN, CLIENT_CEILING
from tui.records.statistics import Distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStep:
    """The numbers of one length of a sweep: medians over its warm rounds."""

    prompt_id: str
    asked_tokens: int
    """The length in tokens that its prompt was made for."""
    rounds: int
    prompt_tokens: float | None = None
    """The prompt tokens as the model counted them, against which the numbers of a sweep over prompts stand."""
    output_tokens: float | None = None
    """The output tokens as the model counted them, against which the numbers of a sweep over answers stand."""
    ttft_ms: Distribution | None = None
    prefill_tok_s: float | None = None
    decode_tok_s: Distribution | None = None
    thirds_tok_s: tuple[float, float, float] | None = None
    """The decode rates over the first, the middle and the last third of the answer."""
    thirds_estimated: bool = False
    """Pieces of text were not single tokens, so the ends of the thirds are estimates."""
    early: int = 0
    """The number of rounds in which the model ended its answer before the length was reached."""
    flags: tuple[str, ...] = ()
    disturbed: int = 0
    """The number of these rounds that other activity on the machine disturbed."""
    error: str | None = None
    """The reason why rounds of this length failed, if some did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """The limits that a good request keeps, in milliseconds; ``None`` stands for no limit."""

    ttft_ms: float | None = None
    tpot_ms: float | None = None
    e2e_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The numbers at one number of requests at once, or at one rate of arrivals."""

    at_once: int
    arrivals_per_s: float | None = None
    """The mean rate at which requests arrived. TTFT and E2E are then from the arrival, so that waiting counts, and over
    the steady state alone, without the first tenth of the arrivals.
    """
    left_out: int = 0
    """The number of requests before the steady state, which are in no TTFT, E2E and goodput."""
    unanswered: int | None = None
    """How many requests were waiting or in flight when the last one arrived."""
    keeps_up: bool | None = None
    """Whether the server kept up with the arrivals; ``None`` if there was no schedule."""
    good_share: float | None = None
    """The share of the requests that kept the limits of the plan, of all that were sent; ``None`` without limits."""
    goodput_per_s: float | None = None
    """The requests a second that kept them."""
    rounds: int = 0
    """The number of requests that succeeded and count."""
    failed: int = 0
    asked_to_wait: int = 0
    """The number of requests that the server refused at first, and that succeeded later."""
    disturbed: int = 0
    """The number of the counted requests that other activity on the machine disturbed."""
    ttft_ms: Distribution | None = None
    decode_tok_s: Distribution | None = None
    """The decode rate of each single request."""
    ttft_p95_ms: float | None = None
    e2e_p50_ms: float | None = None
    e2e_p95_ms: float | None = None
    """These three are headlines and tails as in the row of a model."""
    total_tok_s: float | None = None
    """The rate of all requests together."""
    steady_tok_s: float | None = None
    """The rate of all requests together while all connections were in use, without the beginning and the end."""
    requests_per_s: float | None = None
    client_busy: float | None = None
    """The mean share of the requests' time in which our own client was busy; ``None`` if that was not measured."""
    client_ceiling_tok_s: float | None = None
    """The total rate at which our own client would be busy all the time: an extrapolation."""
    between_requests: float | None = None
    """The share of the connections' time that our own client took between two requests; see ``CLIENT_BETWEEN``."""
    in_flight: float | None = None
    """The mean number of requests in flight; it is below ``at_once`` if connections waited for their next request."""
    flags: tuple[str, ...] = ()
    error: str | None = None
    """The reason why requests failed, if some did."""

    @property
    def at_ceiling(self) -> bool:
        """Whether our own client may have limited this level, and not the server."""
        return self.client_busy is not None and self.client_busy >= CLIENT_CEILING

    @property
    def total_too_low(self) -> bool:
        """Whether our own client has kept the total rate lower than the server's by more than can be neglected."""
        return self.between_requests is not None and self.between_requests >= CLIENT_BETWEEN

    @property
    def measured(self) -> bool:
        """Whether any request of this level was sent."""
        return bool(self.rounds or self.failed or self.in_flight)
