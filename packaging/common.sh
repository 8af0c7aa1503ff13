# The scripts in packaging/ source this file from the root of the clone.

# Packages are equal on all machines: permissions, order of files.
umask 022
export LC_ALL=C

tools=$PWD/target/packaging
dist=$PWD/target/dist
kinds=() archs=()

# Exit status 2: invalid command line, 3: a tool is missing.
fail() { # MESSAGE [EXIT_STATUS]
    echo "packaging/$(basename "$0"): $1" >&2
    exit "${2:-1}"
}

say() {
    printf '\n--- %s\n' "$1"
}

arguments() {
    local word
    for word in "$@"; do
        case $word in
            wheel | musl | deb) kinds+=("$word") ;;
            all) kinds=(wheel musl deb) ;;
            x86_64 | aarch64) archs+=("$word") ;;
            *) fail "invalid word '$word': expected wheel, musl, deb, all, x86_64 or aarch64" 2 ;;
        esac
    done
    [ ${#kinds[@]} -gt 0 ] || kinds=(wheel musl deb)
    [ ${#archs[@]} -gt 0 ] || archs=(x86_64 aarch64)
}

# Installs the tools of packaging/requirements.txt below target/packaging and puts them first into PATH.
install_tools() {
    command -v cargo >/dev/null || fail 'cargo is missing; install Rust with rustup' 3
    command -v python3 >/dev/null || fail 'python3 is missing' 3
    mkdir -p "$tools"
    if ! cmp -s packaging/requirements.txt "$tools/requirements.txt"; then
        say 'tools'
        rm -rf "$tools/venv"
        python3 -m venv "$tools/venv" || fail 'python3 has no venv; install python3-venv' 3
        "$tools/venv/bin/pip" install --quiet --disable-pip-version-check --requirement packaging/requirements.txt ||
            fail 'pip cannot install packaging/requirements.txt from PyPI' 3
        cp packaging/requirements.txt "$tools"
    fi
    # cargo-zigbuild finds zig in the Python next to it.
    export PATH=$tools/venv/bin:$tools/bin:$PATH CARGO_TARGET_DIR=$PWD/target CARGO_ZIGBUILD_PYTHON_PATH=$tools/venv/bin/python3
}

# Adds the standard library for a target.
target() { # TRIPLE
    [ ! -d "$(rustc --print target-libdir --target "$1")" ] || return 0
    rustup target add "$1" >&2 || fail "the standard library for $1 is missing: rustup cannot add it" 3
}
