from pathlib import Path

import pytest

from assistant.settings import Settings
from ingest.errors import SettingsError
from ingest.settings import find_home, load_settings


def load(home: Path, text: str) -> Settings:
    (home / "study.toml").write_text(text, encoding="utf-8")
    return load_settings(home, Settings)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(tmp_path, Settings) == Settings()


def test_an_unknown_key_is_named_with_the_key_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"unknown key reading\.chunk_token\. Did you mean reading\.chunk_tokens\?"):
        load(tmp_path, "[reading]\nchunk_token = 3")


def test_a_value_of_the_wrong_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"answers\.refuse_below is not usable"):
        load(tmp_path, "[answers]\nrefuse_below = 'often'")


def test_broken_toml_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"study\.toml is not valid TOML"):
        load(tmp_path, "[reading")


def test_the_home_is_the_argument_else_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDY_HOME", str(tmp_path / "variable"))
    assert find_home(tmp_path / "argument") == tmp_path / "argument"
    assert find_home() == tmp_path / "variable"
