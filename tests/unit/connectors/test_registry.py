"""Connectors by kind, and their configurations."""

from __future__ import annotations

import pytest

from connectors.contract import SourceMisconfigured
from connectors.filesystem.connector import FilesystemConnector
from connectors.registry import (
    UnknownConnectorKind,
    connector_kinds,
    load_connector_type,
    validated_config,
)
from core.access import InvalidAccessToken


def test_filesystem_connector_is_registered_under_its_own_kind() -> None:
    assert "filesystem" in connector_kinds()
    assert load_connector_type("filesystem") is FilesystemConnector


def test_unknown_kind_is_refused_with_the_kinds_that_there_are() -> None:
    with pytest.raises(UnknownConnectorKind, match=r"'gopher'.*filesystem"):
        load_connector_type("gopher")


def test_valid_configuration_comes_back_ready_for_json_with_its_defaults() -> None:
    assert validated_config("filesystem", {"root": "/srv/docs"}) == {
        "root": "/srv/docs",
        "include": [],
        "exclude": [],
        "access": "rules",
        "access_rules": [],
        "compare": "status",
    }


def test_every_wrong_field_is_named_and_no_value_repeated() -> None:
    config = {"root": "relative/secret", "pasword": "hunter2"}
    with pytest.raises(SourceMisconfigured) as caught:
        validated_config("filesystem", config)
    assert "root: " in caught.value.detail
    assert "absolute path" in caught.value.detail
    assert "pasword: " in caught.value.detail
    assert "secret" not in caught.value.detail
    assert "hunter2" not in caught.value.detail


@pytest.mark.parametrize("rule", [{"glob": "*"}, {"allow": ["everyone"]}, {"glob": 1, "allow": []}])
def test_incomplete_access_rule_is_refused(rule: dict[str, object]) -> None:
    with pytest.raises(SourceMisconfigured, match="access_rules"):
        validated_config("filesystem", {"root": "/srv", "access_rules": [rule]})


def test_access_rule_with_an_impossible_token_is_refused() -> None:
    rule = {"glob": "*", "allow": ["hr"]}
    with pytest.raises((InvalidAccessToken, SourceMisconfigured), match="hr"):
        validated_config("filesystem", {"root": "/srv", "access_rules": [rule]})
