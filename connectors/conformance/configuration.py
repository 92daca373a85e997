"""What a connector promises before it lists anything, and after."""

# ruff: noqa: S101  (assertions are what this package is made of)

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from connectors.conformance.world import World
from connectors.context import ConnectorContext
from connectors.contract import SourceMisconfigured
from connectors.registry import load_connector_type, open_connector


class ConfigurationTests(World):
    """Opening, checking, closing."""

    def test_kind_is_registered(self) -> None:
        with self.connected() as connector:
            assert isinstance(connector, load_connector_type(connector.kind))

    def test_check_accepts_a_scope_that_can_be_read(self) -> None:
        with self.connected() as connector:
            connector.check()

    def test_check_refuses_a_scope_that_cannot_be_read(self) -> None:
        connector = self.make_misconfigured_connector()
        try:
            with pytest.raises(SourceMisconfigured):
                connector.check()
        finally:
            connector.close()

    def test_unknown_configuration_field_is_refused_by_name(self) -> None:
        with self.connected() as connector, tempfile.TemporaryDirectory() as folder:
            context = ConnectorContext(source_id="source", cache_dir=Path(folder))
            with pytest.raises(SourceMisconfigured, match="no_connector_has_this_field: Extra"):
                open_connector(
                    connector.kind,
                    {"no_connector_has_this_field": 1},
                    credentials=None,
                    context=context,
                )

    def test_configuration_can_be_described_as_a_json_schema(self) -> None:
        with self.connected() as connector:
            config_type = type(connector).config_type
        schema = json.loads(json.dumps(config_type.model_json_schema()))
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False

    def test_credentials_can_be_described_as_a_json_schema_and_have_a_secret(self) -> None:
        with self.connected() as connector:
            credentials_type = type(connector).credentials_type
        if credentials_type is None:
            pytest.skip("this kind of connector needs no credentials")
        described = json.dumps(credentials_type.model_json_schema())
        assert '"writeOnly": true' in described, "a secret field is pydantic's SecretStr"
        assert json.loads(described)["additionalProperties"] is False

    def test_connector_can_be_closed_twice_and_unused(self) -> None:
        connector = self.make_connector()
        connector.close()
        connector.close()

    def test_connector_can_be_closed_in_the_middle_of_a_listing(self) -> None:
        for path in ("a.txt", "b.txt", "c.txt"):
            self.put(path, path.encode())
        connector = self.make_connector()
        listing = connector.discover(None)
        next(listing)
        if hasattr(listing, "close"):
            listing.close()
        connector.close()
        connector.close()
