"""Prints the licenses of everything that is linked into rebin: python3 packaging/licenses.py TARGET

Permissive licenses demand their copyright notice and text in every copy. Needs only Python and `cargo metadata`.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILES = re.compile(r"(un)?licen[cs]e|copying|copyright|notice", re.IGNORECASE)
APACHE = ROOT / "LICENSE-APACHE"
# Code that is not a crate of its own. Paths are inside the crate.
INSIDE = {"libmimalloc-sys": ["c_src/mimalloc/v3/LICENSE"], "zstd-sys": ["zstd/LICENSE"]}
SQLITE = "SQLite, in the crate libsqlite3-sys, is in the public domain: https://sqlite.org/copyright.html"
# Code that Rust and Zig link into every program, and its license in packaging/licenses/.
TOOLCHAIN = {
    "the Rust standard library": "rust.txt",
    "libunwind of LLVM, and parts of compiler-rt in the Rust standard library": "llvm.txt",
    "compiler_rt of Zig": "zig.txt",
}
MUSL = {"musl": "musl.txt"}


def linked(metadata):
    """Returns the crates that are linked into the program: no proc macros, build scripts or tests."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    packages = {package["id"]: package for package in metadata["packages"]}
    found, waiting = set(), [metadata["resolve"]["root"]]
    while waiting:
        package = waiting.pop()
        kinds = [kind for target in packages[package]["targets"] for kind in target["kind"]]
        if package in found or "proc-macro" in kinds:
            continue
        found.add(package)
        linked = (d for d in nodes[package]["deps"] if any(kind["kind"] is None for kind in d["dep_kinds"]))
        waiting += [dependency["pkg"] for dependency in linked]
    found.remove(metadata["resolve"]["root"])
    return sorted((packages[package] for package in found), key=lambda package: (package["name"], package["version"]))


def texts(package):
    """Returns the license files of a crate. Of a choice that includes MIT, returns that license alone."""
    folder = pathlib.Path(package["manifest_path"]).parent
    files = sorted(path for path in folder.iterdir() if path.is_file() and FILES.match(path.name))
    expression = (package["license"] or "").replace("/", " OR ")
    mit = [path for path in files if "mit" in path.name.lower()]
    if " OR " in expression and " AND " not in expression and mit:
        files = mit
    files += [folder / inner for inner in INSIDE.get(package["name"], [])]
    if not files and "Apache-2.0" in expression:
        files = [APACHE]
    if not files:
        sys.exit(f"{package['name']} {package['version']} has no license file; add its text to packaging/licenses.py")
    return [path.read_text("utf-8", errors="replace").replace("\r\n", "\n").strip() for path in files]


def main():
    target = sys.argv[1]
    command = ["cargo", "metadata", "--locked", "--format-version=1", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout)
    packages = linked(metadata)
    users = {}
    for package in packages:
        for text in texts(package):
            # Texts that differ only in their line breaks are one.
            users.setdefault(" ".join(text.split()), (text, []))[1].append(package)
    print("rebin is licensed under MIT or Apache-2.0. It contains the work of others:\n")
    for package in packages:
        source = package["repository"] or f"https://crates.io/crates/{package['name']}"
        print(f"  {package['name']} {package['version']}, {package['license']}, {source}")
    print(f"\n{SQLITE}")
    others = {"the font DejaVu Sans, for pictures": ROOT / "assets/font/LICENSE"}
    toolchain = TOOLCHAIN | (MUSL if "musl" in target else {})
    others |= {name: ROOT / "packaging/licenses" / file for name, file in toolchain.items()}
    for text, crates in [*((path.read_text("utf-8").strip(), [name]) for name, path in others.items()), *users.values()]:
        names = [crate if isinstance(crate, str) else f"{crate['name']} {crate['version']}" for crate in crates]
        print(f"\n{'-' * 80}\nLicense of {', '.join(names)}:\n\n{text}")


main()
