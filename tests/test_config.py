"""Where settings come from, which one wins, and what is said of those that cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from codek7.config import DEFAULT_HOME, FILE, HIDDEN, Origin, find_home, load_settings
from codek7.core.errors import SettingsInvalid
from codek7.core.settings import Settings


def origin_of(
    name: str, home: Path, flags: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None
) -> Origin:
    _, origins = load_settings(home, flags or {}, environ or {})
    (found,) = [origin for origin in origins if origin.name == name]
    return found


def write(home: Path, text: str) -> Path:
    path = home / FILE
    path.write_text(text, encoding="utf-8")
    return path


def test_a_home_without_anything_has_the_defaults(tmp_path: Path) -> None:
    settings, origins = load_settings(tmp_path / "nowhere", {}, {"PATH": "/bin"})
    assert settings == Settings()
    assert {origin.where for origin in origins} == {"default"}
    named = {origin.name.split(".")[0] for origin in origins}
    assert named == set(Settings.__struct_fields__)


def test_flags_win_over_the_environment_over_the_file_over_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, '# mine\npolicy = "file"\ntries = 7\n\n[limits]\nmax_tracks = 5\nmax_pixels = 6\n')
    environ = {"CODEK7_POLICY": "variable", "CODEK7_LIMITS__MAX_PIXELS": "9", "CODEK7_CORES": "3"}
    flags = {"policy": "flag", "limits": {"max_frames": 1}, "limits.max_memory_bytes": 2, "cores": None}
    settings, _ = load_settings(tmp_path, flags, environ)
    assert settings.policy == "flag"
    assert settings.tries == 7
    assert settings.cores == 3
    limits = settings.limits
    assert (limits.max_tracks, limits.max_pixels, limits.max_frames, limits.max_memory_bytes) == (5, 9, 1, 2)
    assert limits.max_probe_s == Settings().limits.max_probe_s

    def where(name: str) -> str:
        return origin_of(name, tmp_path, flags, environ).where

    assert where("policy") == "--policy"
    assert where("cores") == "CODEK7_CORES"
    assert where("tries") == f"{path}, line 3"
    assert where("limits.max_tracks") == f"{path}, line 6"
    assert where("limits.max_pixels") == "CODEK7_LIMITS__MAX_PIXELS"
    assert where("limits.max_frames") == "--limits.max-frames"
    assert where("limits.max_probe_s") == "default"


def test_variables_say_lists_booleans_numbers_and_what_plugins_want(tmp_path: Path) -> None:
    environ = {
        "CODEK7_SANDBOX": "false",
        "CODEK7_MODERATION__CODECS": "h264, hevc,,",
        "CODEK7_STORE_OPTIONS__ENDPOINT_URL": "http://localhost:9000",
        "CODEK7_PLUGINS__NSFW__THRESHOLD": "0.5",
        "CODEK7_PLUGINS__NSFW__MODEL": "small",
    }
    settings, _ = load_settings(tmp_path, {}, environ)
    assert settings.sandbox is False
    assert settings.moderation.codecs == ("h264", "hevc")
    assert settings.store_options == {"endpoint_url": "http://localhost:9000"}
    assert settings.plugins == {"nsfw": {"threshold": 0.5, "model": "small"}}


def test_tables_are_merged_name_by_name(tmp_path: Path) -> None:
    write(tmp_path, 'store_options = {endpoint_url = "http://a", key = "k"}\n[plugins."a-b"]\nx = 1\ny = 2\n')
    environ = {"CODEK7_STORE_OPTIONS__KEY": "other"}
    settings, _ = load_settings(tmp_path, {"plugins": {"a-b": {"y": 3}}}, environ)
    assert settings.store_options == {"endpoint_url": "http://a", "key": "other"}
    assert settings.plugins == {"a-b": {"x": 1, "y": 3}}
    assert origin_of("store_options.endpoint_url", tmp_path).where.endswith("line 1")
    assert origin_of("plugins.a-b.y", tmp_path).where.endswith("line 4")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('polcy = "x"', ["polcy", "did you mean policy?"]),
        ("[limits]\nmax_pixel = 3", ["limits.max_pixel", "did you mean max_pixels?"]),
        ("[limits]\nmax_pixels = 'many'", ["line 2", "limits.max_pixels", "int"]),
        ("limits = 3", ["line 1", "limits", "object"]),
        ("[moderation]\ndecision = 'perhaps'", ["line 2", "moderation.decision", "perhaps"]),
        ("[store_options]\nkey = 3", ["line 2", "store_options.key", "str"]),
        ("[plugins]\nmine = 3", ["line 2", "plugins.mine", "object"]),
        ("tries = \n", ["line 1"]),
        ("tries = 1\ntries = 2", ["overwrite"]),
    ],
)
def test_a_wrong_file_is_named_with_its_field(tmp_path: Path, text: str, said: list[str]) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(tmp_path, {}, {})
    for part in [str(path), *said]:
        assert part in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"policy = '\xff'")
    with pytest.raises(SettingsInvalid, match=FILE):
        load_settings(tmp_path, {}, {})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(SettingsInvalid, match=FILE):
        load_settings(tmp_path, {}, {})


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"CODEK7_TRIES": "often"}, ["CODEK7_TRIES", "tries", "int"]),
        ({"CODEK7_POLICI": "x"}, ["CODEK7_POLICI", "did you mean policy?"]),
        ({"CODEK7_LIMITS__MAX_PIXEL": "1"}, ["CODEK7_LIMITS__MAX_PIXEL", "did you mean max_pixels?"]),
        ({"CODEK7_LIMITS": "1"}, ["CODEK7_LIMITS", "object"]),
        ({"CODEK7_CORES__X": "1"}, ["CODEK7_CORES__X", "cores.x"]),
        ({"CODEK7_CORES": "-1"}, ["CODEK7_CORES", ">= 0"]),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, environ: dict[str, str], said: list[str]) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(tmp_path, {}, environ)
    for part in said:
        assert part in str(caught.value)


def test_variables_that_resemble_no_setting_are_somebody_elses(tmp_path: Path) -> None:
    settings, _ = load_settings(tmp_path, {}, {"CODEK7_HOME": "x", "CODEK7_DEPLOYMENT_COLOUR": "green"})
    assert settings == Settings()


def test_a_wrong_flag_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"flag corse.*did you mean cores"):
        load_settings(tmp_path, {"corse": 3}, {})
    with pytest.raises(SettingsInvalid, match=r"--cores: cores: .*int"):
        load_settings(tmp_path, {"cores": "all"}, {})


def test_secrets_are_used_but_never_shown(tmp_path: Path) -> None:
    write(
        tmp_path,
        'store = "s3://ann:s3cr3t@bucket/x"\n'
        '[store_options]\nkey = "s3cr3t"\nsecret = "s3cr3t"\nendpoint_url = "http://bob:s3cr3t@host:9000"\n'
        '[plugins.x]\napi_token = "s3cr3t"\nurls = ["https://s3cr3t@host"]\n'
        'db = {password = "s3cr3t", name = "open"}\n',
    )
    settings, origins = load_settings(tmp_path, {}, {"CODEK7_STORE_OPTIONS__TOKEN": "s3cr3t"})
    assert settings.store_options["secret"] == "s3cr3t"
    assert settings.plugins["x"]["db"]["password"] == "s3cr3t"
    shown = {origin.name: origin.value for origin in origins}
    assert "s3cr3t" not in repr(shown)
    assert shown["store_options.key"] == shown["store_options.token"] == HIDDEN
    assert shown["store_options.endpoint_url"] == f"http://{HIDDEN}@host:9000"
    assert shown["store"] == f"s3://{HIDDEN}@bucket/x"
    assert shown["plugins.x.db"] == {"password": HIDDEN, "name": "open"}


def test_an_error_does_not_show_the_secret(tmp_path: Path) -> None:
    write(tmp_path, '[store_options]\nsecret = ["s3cr3t"]\n')
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(tmp_path, {}, {})
    assert "s3cr3t" not in str(caught.value)


def test_the_home_is_the_flags_then_the_environments_then_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {"CODEK7_HOME": str(tmp_path / "variable")}
    assert find_home(tmp_path / "flag", environ) == (tmp_path / "flag", True)
    assert find_home(None, environ) == (tmp_path / "variable", True)
    assert find_home(None, {"CODEK7_HOME": ""}) == (tmp_path / DEFAULT_HOME, False)
    assert find_home(Path("relative"), {}) == (tmp_path / "relative", True)
    assert find_home(Path("~/x"), {}) == (Path.home() / "x", True)


def test_a_home_that_was_only_found_names_no_program_to_run(tmp_path: Path) -> None:
    path = write(tmp_path, 'tries = 2\nffmpeg = "/tmp/mine"\n')
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(tmp_path, {}, {}, named=False)
    assert f"{path}, line 2: ffmpeg" in str(caught.value)
    assert load_settings(tmp_path, {}, {}, named=True)[0].ffmpeg == "/tmp/mine"
    write(tmp_path, 'tries = 2\nffmpeg = ""\n')
    settings, _ = load_settings(tmp_path, {}, {"CODEK7_FFMPEG": "/usr/bin/ffmpeg"}, named=False)
    assert (settings.tries, settings.ffmpeg) == (2, "/usr/bin/ffmpeg")
