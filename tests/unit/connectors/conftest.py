"""The published kit's assertions explain themselves, like any test's."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("connectors.conformance")
