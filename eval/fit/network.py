"""Trains the reader's network: a cross-encoder that reads a question beside a chunk and scores each token and the chunk.

The score of a unit is the mean of its tokens' scores. Within a question the units of all its chunks compete (softmax), and each
is also judged alone, so that scores of different questions can be compared; the chunk's scores say whether it answers at all,
and whether the question is too vague to be answered.

It knows nothing of the rest of the project, so that it runs wherever PyTorch and transformers are:
`python eval/fit/network.py ROWS MODEL OUT`. `python -m eval.fit rows` writes ROWS.
"""

import argparse
import gzip
import json
import pickle
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

LONGEST = 256
"""Word pieces of question and chunk together; longer chunks are cut."""
LONGEST_QUESTION = 96
CHUNKS = 10
"""Chunks of a question that are read in one step of training; at most `RIGHT` of them hold an answer."""
RIGHT = 4
READ = 12
"""Chunks of a question that are read when it is measured."""
ALONE, CHUNK, VAGUENESS = 0.5, 0.5, 0.3
"""Shares in the loss of judging units, chunks, and questions one by one, beside the competition of the units."""
VAGUE = "underspecified"
CUT_OFF = -12.0
"""Score of a unit that was cut off."""

Labels = npt.NDArray[np.float32]


@dataclass(slots=True)
class Pair:
    """A question's chunk: its text, its units as character offsets, and for each 1 (answers), 0, or nan (unknown)."""

    text: str
    spans: Sequence[tuple[int, int]]
    labels: Labels

    @property
    def right(self) -> float:
        """Whether a unit answers: 1 or 0, nan where that is unknown."""
        return 1.0 if (self.labels == 1).any() else float("nan") if np.isnan(self.labels).any() else 0.0


@dataclass(slots=True)
class Group:
    """A question with its chunks in the order of the search; `found` says how many of them the search found."""

    question: str
    origin: str
    part: str
    style: str
    answerable: bool
    pairs: list[Pair]
    found: int


class Network(nn.Module):  # type: ignore[misc]
    """Scores of tokens, shape (pairs, tokens), and of pairs, shape (pairs, 2): the chunk answers, the question is too vague."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.token, self.chunk = nn.Linear(width, 1), nn.Linear(width, 2)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        states = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        states = self.dropout(states)
        return self.token(states).squeeze(-1), self.chunk(states[:, 0])


Batch = dict[str, torch.Tensor]


class Encoder:
    """Turns groups into batches of tokens, and knows which tokens each unit has; reads each text once."""

    def __init__(self, folder: Path, groups: Sequence[Group]) -> None:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._start, self._end = (int(tokenizer.token_to_id(name) or 0) for name in ("[CLS]", "[SEP]"))
        questions = sorted({group.question for group in groups})
        read = tokenizer.encode_batch(questions, add_special_tokens=False)
        self._questions = {text: one.ids[:LONGEST_QUESTION] for text, one in zip(questions, read, strict=True)}
        spans = {pair.text: pair.spans for group in groups for pair in group.pairs}
        texts = sorted(spans)
        self._texts: dict[str, tuple[list[int], npt.NDArray[np.int64]]] = {}
        for text, one in zip(texts, tokenizer.encode_batch(texts, add_special_tokens=False), strict=True):
            starts, ends = np.array(one.offsets).T
            places = np.array(spans[text]).reshape(-1, 2)
            firsts = np.searchsorted(starts, places[:, 0], side="left")
            lasts = np.searchsorted(ends, places[:, 1], side="right")
            self._texts[text] = (one.ids, np.stack([firsts, np.maximum(firsts, lasts)], axis=1))

    def batch(self, asked: Sequence[tuple[Group, Sequence[Pair]]]) -> Batch:
        """Tokens of all pairs; each unit's row, first and last token, group, and label; each pair's labels and group."""
        rows: list[list[int]] = []
        heads: list[int] = []
        units, labels, pairs = [], [], []
        for number, (group, chosen) in enumerate(asked):
            head = self._questions[group.question]
            room = LONGEST - len(head) - 3
            for pair in chosen:
                ids, places = self._texts[pair.text]
                held = np.minimum(places, room) + len(head) + 2
                row = np.full((len(held), 1), len(rows))
                units.append(np.concatenate([row, held, np.full((len(held), 1), number)], axis=1))
                labels.append(pair.labels)
                pairs.append((pair.right, float(group.style == VAGUE), float(number)))
                rows.append([self._start, *head, self._end, *ids[:room], self._end])
                heads.append(len(head) + 2)
        longest = max(map(len, rows))
        tokens = np.zeros((3, len(rows), longest), dtype=np.int64)
        for at, (row_, head_length) in enumerate(zip(rows, heads, strict=True)):
            tokens[0, at, : len(row_)], tokens[1, at, : len(row_)], tokens[2, at, head_length : len(row_)] = row_, 1, 1
        return {
            "tokens": torch.from_numpy(tokens),
            "units": torch.from_numpy(np.concatenate(units)),
            "labels": torch.from_numpy(np.concatenate(labels)),
            "pairs": torch.tensor(pairs, dtype=torch.float32),
        }


class Batches(Dataset[Batch]):  # type: ignore[misc]
    """Questions in batches, each prepared by the worker that is asked for it."""

    def __init__(self, encoder: Encoder, groups: Sequence[Group], size: int, seed: int | None) -> None:
        """Shuffled and drawn from with a seed, else in order with the chunks that the search found."""
        self._encoder, self._seed, self._size = encoder, seed, size
        self._groups = list(groups)
        if seed is not None:
            random.Random(seed).shuffle(self._groups)

    def __len__(self) -> int:
        return -(-len(self._groups) // self._size)

    def groups(self, at: int) -> Sequence[Group]:
        """Those of one batch."""
        return self._groups[at * self._size : (at + 1) * self._size]

    def __getitem__(self, at: int) -> Batch:
        if self._seed is None:
            return self._encoder.batch([(group, group.pairs[: min(group.found, READ)]) for group in self.groups(at)])
        chance = random.Random(f"{self._seed} {at}")
        return self._encoder.batch([(group, drawn(group, chance)) for group in self.groups(at)])

    def load(self, workers: int) -> Iterator[Batch]:
        """All batches in order."""
        yield from DataLoader(self, batch_size=None, num_workers=workers)


def drawn(group: Group, chance: random.Random) -> list[Pair]:
    """Some chunks that hold an answer and some of the others, those that the search ranks high most often."""
    right = [pair for pair in group.pairs if pair.right == 1]
    others = [pair for pair in group.pairs if pair.right != 1]
    ranks = sorted(range(len(others)), key=lambda rank: (rank + 1) * chance.random())
    return [*right[:RIGHT], *(others[rank] for rank in ranks[: CHUNKS - len(right[:RIGHT])])]


def scores_of(network: Network, batch: Batch, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores of the batch's units and pairs."""
    tokens = batch["tokens"].to(device, non_blocking=True)
    with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
        scored, pairs = network(tokens[0], tokens[1], tokens[2])
    sums = nn.functional.pad(scored.float().cumsum(dim=1), (1, 0))
    row, first, last, _ = batch["units"].to(device).unbind(dim=1)
    means = (sums[row, last] - sums[row, first]) / (last - first).clamp(min=1)
    return means.masked_fill(last <= first, CUT_OFF), pairs.float()


def loss_of(units: torch.Tensor, pairs: torch.Tensor, batch: Batch) -> torch.Tensor:
    """What a batch costs: the mean over its questions."""
    device = units.device
    labels, group = batch["labels"].to(device), batch["units"].to(device)[:, 3]
    right, vague, pair_group = batch["pairs"].to(device).unbind(dim=1)
    count = int(pair_group.max()) + 1
    known = ~torch.isnan(labels)
    units, labels, group = units[known], labels[known], group[known]
    judge = nn.functional.binary_cross_entropy_with_logits
    size = torch.zeros(count, device=device).index_add(0, group, torch.ones_like(units)).clamp(min=1)
    total = ALONE * (judge(units, labels, reduction="none") / size[group]).sum()
    best = torch.full((count,), -1e9, device=device).scatter_reduce(0, group, units.detach(), "amax")
    shares = torch.exp(units - best[group])
    all_of = torch.zeros(count, device=device).index_add(0, group, shares)
    right_of = torch.zeros(count, device=device).index_add(0, group, shares * (labels == 1))
    fits = right_of > 0
    total = total + (all_of[fits].log() - right_of[fits].log()).sum()
    sure = ~torch.isnan(right)
    share = count / max(1, len(pairs))
    total = total + CHUNK * share * judge(pairs[sure, 0], right[sure], reduction="sum")
    total = total + VAGUENESS * share * judge(pairs[:, 1], vague, reduction="sum")
    return total / count


@dataclass(frozen=True, slots=True)
class How:
    """How to train: learning rate at its highest, questions a step, processes that prepare batches, and when to stop."""

    rate: float
    questions: int
    seed: int
    device: str
    workers: int
    deadline: float


def train(network: Network, encoder: Encoder, groups: Sequence[Group], epochs: int, how: How) -> Iterator[int]:
    """Train in place; yields after each epoch."""
    decayed = [weight for weight in network.parameters() if weight.dim() > 1]
    plain = [weight for weight in network.parameters() if weight.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}], lr=how.rate
    )
    steps = max(1, epochs * -(-len(groups) // how.questions))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / (0.06 * steps)) * max(0.0, 1 - step / steps)
    )
    for epoch in range(epochs):
        network.train()
        for batch in Batches(encoder, groups, how.questions, how.seed + epoch).load(how.workers):
            units, pairs = scores_of(network, batch, how.device)
            loss = loss_of(units, pairs, batch)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            if time.monotonic() > how.deadline:
                break
        yield epoch
        if time.monotonic() > how.deadline:
            return


@torch.no_grad()  # type: ignore[untyped-decorator]
def read(
    network: Network, encoder: Encoder, groups: Sequence[Group], how: How
) -> Iterator[tuple[Group, Labels, Labels]]:
    """Each question with the scores of its units, and of its chunks, over the chunks that the search found."""
    network.eval()
    batches = Batches(encoder, [group for group in groups if group.found], 16, None)
    for at, batch in enumerate(batches.load(how.workers)):
        units, pairs = scores_of(network, batch, how.device)
        unit_group, pair_group = batch["units"][:, 3].numpy(), batch["pairs"][:, 2].numpy()
        scored, whole = units.cpu().numpy(), pairs.cpu().numpy()
        for number, group in enumerate(batches.groups(at)):
            yield group, scored[unit_group == number], whole[pair_group == number]


def measured(network: Network, encoder: Encoder, groups: Sequence[Group], how: How) -> dict[str, Any]:
    """By origin the mean reciprocal rank and the share of right first units; AUROC of answerable or not, and of vague or not."""
    rows: dict[str, list[tuple[float, float]]] = {}
    answered: list[tuple[bool, float]] = []
    vague: list[tuple[bool, float]] = []
    for group, units, chunks in read(network, encoder, groups, how):
        if group.style != VAGUE:
            answered.append((group.answerable, float(chunks[:, 0].max())))
        vague.append((group.style == VAGUE, float(chunks[:, 1].mean())))
        if group.answerable:
            labels = np.concatenate([pair.labels for pair in group.pairs[: len(chunks)]])
            labels = labels[np.argsort(-units, kind="stable")]
            right = np.flatnonzero(labels == 1)
            first = float(np.nan_to_num(labels[0], nan=0.5))
            rows.setdefault(group.origin, []).append((1 / (1 + right[0]) if len(right) else 0.0, first))
    found: dict[str, Any] = {}
    for origin, pairs in rows.items():
        means = np.mean(np.array(pairs), axis=0)
        found[origin] = {"MRR": round(float(means[0]), 4), "first": round(float(means[1]), 4)}
    return found | {"AUROC": _auroc(answered), "vague": _auroc(vague)}


def _auroc(judged: Sequence[tuple[bool, float]]) -> float:
    yes = np.array([value for truth, value in judged if truth])
    no = np.array([value for truth, value in judged if not truth])
    if not len(yes) or not len(no):
        return 0.5
    return round(float((yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean()), 4)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on public data first, then on ours; keep the epoch that is best on the tuning topics."""
    wish = _parsed(arguments)
    how = How(
        rate=wish.rate,
        questions=wish.questions,
        seed=wish.seed,
        device="cuda" if torch.cuda.is_available() else "cpu",
        workers=wish.workers,
        deadline=time.monotonic() + wish.seconds,
    )
    torch.manual_seed(wish.seed)
    groups = load_groups(wish.rows)
    part = {name: [one for one in groups if one.part == name] for name in ("public", "train", "tune", "test")}
    network, encoder = open_network(wish.model, wish.layers).to(how.device), Encoder(wish.model, groups)
    log: list[dict[str, Any]] = []

    def note(**values: Any) -> None:
        log.append(values | {"seconds": round(time.monotonic() - how.deadline + wish.seconds)})
        sys.stdout.write(json.dumps(log[-1]) + "\n")
        sys.stdout.flush()

    for epoch in train(network, encoder, part["public"], wish.public_epochs, how):
        note(public=epoch)
    wish.out.mkdir(parents=True, exist_ok=True)
    best = -1.0
    for epoch in train(network, encoder, part["train"], wish.epochs, how):
        tune = measured(network, encoder, part["tune"], how)
        worth = float(np.mean([one["MRR"] for one in tune.values() if isinstance(one, dict)])) + 0.2 * tune["AUROC"]
        note(epoch=epoch, tune=tune)
        if worth > best:
            best = worth
            kept = {
                name: value.detach().half().cpu() for name, value in network.named_parameters() if value.requires_grad
            }
            torch.save(kept, wish.out / "network.pt")
    restore(network, wish.out / "network.pt")
    note(test=measured(network, encoder, part["test"], how))
    scores = [
        (one.question, one.origin, *rest) for one, *rest in read(network, encoder, part["tune"] + part["test"], how)
    ]
    (wish.out / "scores.pickle").write_bytes(gzip.compress(pickle.dumps(scores)))
    asked = {name: str(value) for name, value in vars(wish).items()}
    (wish.out / "log.json").write_text(json.dumps({"asked": asked, "log": log}, indent=1), encoding="utf-8")


def open_network(model: Path, layers: int) -> Network:
    """A network over the first layers of a sentence-transformers model, its heads untrained, its word vectors as they are."""
    from transformers import AutoModel

    encoder = AutoModel.from_pretrained(str(model), local_files_only=True, dtype=torch.float32)
    encoder.encoder.layer = encoder.encoder.layer[:layers]
    encoder.config.num_hidden_layers = layers
    encoder.pooler = None
    encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    return Network(encoder)


def restore(network: Network, path: Path) -> None:
    """Put trained weights, as they were saved in half precision, into a network over the same model."""
    trained = torch.load(path, weights_only=True)
    network.load_state_dict({name: value.float() for name, value in trained.items()}, strict=False)


def load_groups(path: Path) -> list[Group]:
    """The questions that `python -m eval.fit rows` wrote, without those for which nothing was found."""
    rows: list[dict[str, Any]] = pickle.loads(gzip.decompress(path.read_bytes()))
    return [Group(**row | {"pairs": [Pair(*pair) for pair in row["pairs"]]}) for row in rows if row["pairs"]]


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path)
    parser.add_argument("model", type=Path, help="folder of the sentence-transformers model to start from")
    parser.add_argument("out", type=Path)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--public-epochs", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--questions", type=int, default=16, help="questions a step")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=0, help="processes that prepare batches")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long, with the best epoch so far")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
