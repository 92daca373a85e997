"""Settings come from the environment, and nothing that is wrong there passes in silence."""

from __future__ import annotations

import pytest

from core.errors import ConfigurationError
from core.settings import Settings, load_settings


def test_nested_variable_sets_one_field_and_leaves_the_others_at_their_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VOUCH_SEARCH__TOP_K", "5")
    monkeypatch.setenv("VOUCH_TELEMETRY__LOG_FORMAT", "json")
    settings = load_settings()
    assert settings.search.top_k == 5
    assert settings.search.candidate_k == Settings().search.candidate_k
    assert settings.telemetry.log_format == "json"
    assert settings.telemetry.log_level == "info"


def test_catalog_lies_in_the_data_folder_unless_a_url_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VOUCH_DATA_DIR", "/srv/vouch")
    assert load_settings().catalog_url == "sqlite:////srv/vouch/catalog.sqlite3"
    monkeypatch.setenv("VOUCH_CATALOG__URL", "postgresql://db/vouch")
    assert load_settings().catalog_url == "postgresql://db/vouch"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("VOUCH_SERACH__TOP_K", id="misspelt section"),
        pytest.param("VOUCH_SEARCH_TOP_K", id="one underscore for two"),
        pytest.param("VOUCH_TOP_K", id="no section"),
        pytest.param("VOUCH_", id="nothing after the prefix"),
        pytest.param("VOUCH_SEARCH__TOPK", id="misspelt field"),
        pytest.param("VOUCH_SEARCH__TOP_K__VALUE", id="a section inside a number"),
    ],
)
def test_variable_that_sets_nothing_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "5")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert name.removesuffix("__VALUE") in caught.value.detail


def test_every_unknown_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOUCH_SERACH__TOP_K", "5")
    monkeypatch.setenv("VOUCH_PORT", "80")
    with pytest.raises(ConfigurationError, match=r"VOUCH_PORT, VOUCH_SERACH__TOP_K"):
        load_settings()


@pytest.mark.parametrize("name", ["VOUCH_API_KEY", "VOUCH_URL"])
def test_variables_of_the_command_line_client_are_not_the_servers_to_refuse(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "x")
    load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VOUCH_SEARCH__TOP_K", "0"),
        ("VOUCH_SEARCH__TOP_K", "201"),
        ("VOUCH_SEARCH__TOP_K", "ten"),
        ("VOUCH_SEARCH__MODE", "fuzzy"),
        ("VOUCH_SERVER__PORT", "65536"),
        ("VOUCH_ANSWER__MIN_CONFIDENCE", "1.01"),
        ("VOUCH_INDEX__SEARCH_EF", "8"),
        ("VOUCH_SYNC__DELETION_GUARD_SHARE", "-0.1"),
        ("VOUCH_PARSING__MEMORY_LIMIT_BYTES", "1024"),
    ],
)
def test_value_out_of_range_is_refused_with_the_variables_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert name in caught.value.detail


@pytest.mark.parametrize("value", ["{broken", "5"])
def test_section_that_is_no_object_is_a_configuration_error(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("VOUCH_SEARCH", value)
    with pytest.raises(ConfigurationError, match=r"(?i)search"):
        load_settings()


def test_settings_do_not_change_after_they_were_read() -> None:
    settings = Settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.search.top_k = 3  # type: ignore[misc]  # that it is refused is the point


def test_key_of_a_reranker_shows_in_no_rendering_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VOUCH_RERANKER__API_KEY", "k-secret")
    settings = load_settings()
    assert settings.reranker.api_key is not None
    assert settings.reranker.api_key.get_secret_value() == "k-secret"
    assert "k-secret" not in f"{settings} {settings!r} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DIALECT", "voyage"),
        ("URL", "rerank.internal/rerank"),
        ("CANDIDATE_K", "0"),
        ("TIMEOUT_S", "0"),
        ("BATCH_SIZE", "0"),
        ("TOP_N", "5"),
    ],
)
def test_reranker_setting_that_means_nothing_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"VOUCH_RERANKER__{name}", value)
    with pytest.raises(ConfigurationError, match=rf"(?i)reranker.*{name}"):
        load_settings()


def test_arguments_of_a_postprocessor_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOUCH_RERANKER__ARGUMENTS", '{"top_n": 5}')
    assert load_settings().reranker.arguments == {"top_n": 5}
