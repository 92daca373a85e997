"""What a connector promises about a world too big to hold in memory."""

# ruff: noqa: S101  (assertions are what this package is made of)

from __future__ import annotations

import gc
import tracemalloc

from connectors.conformance.world import World
from connectors.contract import Coverage, DocumentRef, ListingEnd


class ScaleTests(World):
    """These need the hook `put_many`."""

    def test_big_listing_is_complete_and_held_in_memory_at_no_time(self) -> None:
        self.put("first.txt", b"one")
        self._list_and_measure()  # The first listing also imports and caches.
        small, small_peak = self._list_and_measure()
        self.put_many(self.many)
        # Twice, because whatever grows once for the whole process would count for the listing.
        _, once = self._list_and_measure()
        big, again = self._list_and_measure()
        big_peak = min(once, again)
        assert big - small == self.many
        per_document = (big_peak - small_peak) / self.many
        assert per_document < self.max_bytes_per_listed_document, f"{per_document:.0f} bytes each"

    def _list_and_measure(self) -> tuple[int, int]:
        """How many documents there are, and the most memory that was held meanwhile."""
        gc.collect()
        tracemalloc.start()
        try:
            count, end = 0, None
            with self.connected() as connector:
                for item in connector.discover(None):
                    count += isinstance(item, DocumentRef)
                    end = item
            assert isinstance(end, ListingEnd)
            assert end.coverage is Coverage.EVERYTHING
            return count, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
