"""When a file unpacks to suspiciously much."""

from __future__ import annotations

from ingest.unpacking.contract import UnpackLimits

# Below this a high ratio is harmless, and usual for logs and tables.
_RATIO_FLOOR_BYTES = 20 * 1000**2


def has_suspicious_ratio(unpacked_bytes: int, packed_bytes: int, limits: UnpackLimits) -> bool:
    return (
        unpacked_bytes > _RATIO_FLOOR_BYTES
        and unpacked_bytes > limits.max_member_ratio * packed_bytes
    )
