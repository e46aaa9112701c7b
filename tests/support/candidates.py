"""Builds candidates of a decision for tests."""

from __future__ import annotations

from tui.records.decision import Candidate, CommercialUse, Estimate, Origin, QualitySource


def candidate(
    key: str,
    *,
    ttft_ms: float | None = 100.0,
    tok_s: float | None = 50.0,
    memory: int | None = 100,
    quality: tuple[float, ...] | None = (0.5, 0.5),
    disk: int | None = 10,
    use: CommercialUse = CommercialUse.ALLOWED,
    licence: str | None = "MIT",
    log_error: float | None = 0.01,
) -> Candidate:
    def uncertain(value: float | None) -> Estimate | None:
        return None if value is None else Estimate(value=value, log_error=log_error, freedom=4, launches=5)

    shares = {} if quality is None else {f"p{index}": share for index, share in enumerate(quality)}
    return Candidate(
        key=key,
        ttft_ms=uncertain(ttft_ms),
        decode_tok_s=uncertain(tok_s),
        memory_bytes=memory,
        quality={QualitySource.FACETS: shares},
        origin=Origin(licence=licence, disk_bytes=disk),
        use=use,
    )
