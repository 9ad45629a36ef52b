"""One target under atheris, in a process of its own: ``python -m tests.fuzz.guided NAME FOLDER SECONDS``.

atheris ends the process at the first fault and leaves the input beside the corpus, as ``crash-*`` in FOLDER.
"""

import sys
from pathlib import Path

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["gateway", "sipmessage"], enable_loader_override=False):
    from tests.fuzz.seeds import SEEDS
    from tests.fuzz.targets import TARGETS


def main(name: str, folder: Path, seconds: int) -> None:
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]):
        (corpus / f"seed-{number}").write_bytes(seed)
    arguments = [f"-max_total_time={seconds}", f"-artifact_prefix={folder}/", "-max_len=20000", "-timeout=20"]
    atheris.Setup([sys.argv[0], *arguments, "-print_final_stats=1", str(corpus)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
