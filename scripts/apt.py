"""Debian packages that a script needs: installed when we may, asked for when we may not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def quietly(*argv: str) -> bool:
    """Run apt-get with its chatter kept back; on failure, show the end of it."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        argv,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        print("\n".join(done.stdout.splitlines()[-8:]), file=sys.stderr)
    return done.returncode == 0


def install(packages: list[str], why: str) -> None:
    """Install these, or end the program saying how a person can."""
    named = " ".join(packages)
    if shutil.which("apt-get") is None:
        sys.exit(f"{why}: please install {named} with this system's package tool, then run this again")
    if os.geteuid() != 0:
        sys.exit(f"{why}: please run `sudo apt-get install {named}`, then this again")
    print(f"{why}: installing {named}", flush=True)
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if quietly(*command):
        return
    print("its package lists may be old or missing: apt-get update, then once more", flush=True)
    if not (quietly("apt-get", "update") and quietly(*command)):
        sys.exit(f"apt-get could not install {named}")
