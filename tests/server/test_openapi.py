"""The OpenAPI document is true: schemathesis, with an administrator's key, finds nothing that the server does
otherwise."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from collections import Counter
from pathlib import Path

import pytest

from codek7_server.problems import MEDIA_TYPE
from tests.server.conftest import RunningServer, StartServer

HERE = Path(__file__).parent


@pytest.mark.timeout(600)
def test_the_server_does_what_its_document_says(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(tmp_path / "home", CODEK7_SERVER__REQUESTS_PER_MINUTE="0")
    program = Path(sysconfig.get_path("scripts")) / "schemathesis"
    config, document = HERE / "schemathesis.toml", f"{server.url}/api/openapi.json"
    done = subprocess.run(
        [
            str(program), "--config-file", str(config), "run", document,
            "-H", f"Authorization: Bearer {server.keys['admin']}", "--no-color",
            "--exclude-path", "/api/events",  # a stream without an end
        ],
        capture_output=True, text=True, check=False, timeout=500, cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": str(HERE)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert '"level":"error"' not in server.log()


@pytest.fixture(scope="module")
def document(server: RunningServer) -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    with server.client() as client:
        found: dict[str, dict[str, dict[str, dict[str, object]]]] = client.get("/api/openapi.json").json()
    return found


def test_every_operation_has_a_name_a_tag_and_words(
    document: dict[str, dict[str, dict[str, dict[str, object]]]],
) -> None:
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    names = Counter(str(operation["operationId"]) for operation in operations)
    assert names.most_common(1)[0][1] == 1, names
    known = {str(tag["name"]) for tag in document["tags"]}  # type: ignore[index]  # a list
    for operation in operations:
        assert operation.get("description") or operation.get("summary"), operation["operationId"]
        assert set(operation["tags"]) <= known, operation["operationId"]  # type: ignore[call-overload]


def test_every_failure_is_a_problem(document: dict[str, dict[str, dict[str, dict[str, object]]]]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            responses = operation["responses"]
            assert isinstance(responses, dict)
            for status, response in responses.items():
                if status >= "400":
                    (media_type,) = response["content"]
                    assert media_type == MEDIA_TYPE, (operation["operationId"], status)


def test_what_takes_a_key_says_so(server: RunningServer) -> None:
    with server.client() as client:
        paths = client.get("/api/openapi.json").json()["paths"]
        for path, operations in paths.items():
            for method, operation in operations.items():
                if operation.get("security") and "{" not in path and "requestBody" not in operation:
                    answer = client.request(method, path, headers={"Tus-Resumable": "1.0.0"})
                    assert answer.status_code == 401, (method, path)
