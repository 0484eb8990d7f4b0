"""Read the figures out of an HTML report and set them beside evaluation.json."""

from html.parser import HTMLParser

INTERVALS = ("accuracy", "macro precision", "macro recall")


class ReportFigures(HTMLParser):
    """The text of every section and the rows of every table, as a reader sees them."""

    def __init__(self, page):
        super().__init__()
        self.section = ""
        self.text = {}
        self.tables = {}
        self.tiles = {}
        self.bars = []
        self._cell = None
        self._tile = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "section":
            self.section = dict(attrs)["id"]
            self.text[self.section] = ""
            self.tables[self.section] = []
        elif tag == "table":
            self.tables[self.section].append([])
        elif tag == "tr":
            self.tables[self.section][-1].append([])
        elif tag in {"th", "td", "dt", "dd"}:
            self._cell = ""
        elif tag == "svg":
            self.bars.append(dict(attrs)["aria-label"].replace("\u00a0", " "))

    def handle_endtag(self, tag):
        if tag in {"th", "td"}:
            self.tables[self.section][-1][-1].append(self._cell.strip())
        elif tag == "dt":
            self._tile = self._cell.strip()
        elif tag == "dd":
            self.tiles[self._tile] = " ".join(self._cell.split())
        if tag in {"th", "td", "dt", "dd"}:
            self._cell = None

    def handle_data(self, data):
        data = data.replace("\u00a0", " ")
        if self.section:
            self.text[self.section] += data
        if self._cell is not None:
            self._cell += data

    def rows(self, section, first_head):
        """Return the body of the one table of a section whose first head is this."""
        (found,) = [t for t in self.tables[section] if t[0][0] == first_head]
        return found[1:]


def untrue(page, facts):
    """Return what the page says otherwise than evaluation.json, at the printed rounding."""
    read = ReportFigures(page)
    pairs = [
        *headline(read, facts["evaluation"]),
        *final_scores(read, facts["evaluation"]),
        *first_page(read, facts),
        *thresholds(read, facts),
        *candidates(read, facts),
        *every_class(read, facts["every_class"]),
        *card(read, facts),
    ]
    return [f"{name}: {shown!r}, not {true!r}" for name, shown, true in pairs if shown != true]


def share(value, digits=2):
    return f"{value:.{digits}%}".replace("%", " %")


def between(score):
    return f"{share(score['low'])} to {share(score['high'])}"


def with_interval(score):
    return f"{share(score['value'])} ({between(score)})"


def scores(evaluation):
    return [(name, evaluation[name.replace(" ", "_")]) for name in INTERVALS]


def headline(read, evaluation):
    goal = share(evaluation["goal"], 1)
    for bar, (name, score) in zip(read.bars, scores(evaluation), strict=True):
        value, ends = share(score["value"]), between(score)
        yield name, read.tiles[name], f"{value} {ends}"
        yield name, bar, f"{name} {value}, 95 % interval {ends}, goal {goal}"


def final_scores(read, evaluation):
    key = "5-final-scores"
    for row, (name, score) in zip(read.rows(key, "score"), scores(evaluation), strict=True):
        yield name, row, [name, share(score["value"]), between(score), score["method"]]
    parts = evaluation["slices"]
    rows = read.rows(key, "part of the test set") if parts else []
    for row, part in zip(rows, parts, strict=True):
        accuracy = with_interval(part["accuracy"])
        yield "slice", row, [part["name"], f"{part['n_images']:,}", accuracy]
    for row, each in zip(read.rows(key, "class"), evaluation["per_class"], strict=True):
        figures = [share(each[name]) for name in ("precision", "recall", "f1")]
        figures = figures if each["support"] else ["-"] * 3
        yield "class", row, [str(each["label"]), *figures, f"{each['support']:,}"]
    matrix = zip(evaluation["classes"], evaluation["confusion"], strict=True)
    for row, (label, counts) in zip(read.rows(key, "true class, taken"), matrix, strict=True):
        yield "confusion", row, [str(label), *(f"{count:,}" for count in counts)]
    binary = evaluation["binary"]
    sentence = (
        f"The threshold {binary['threshold']:.6g}, chosen before and only read here, gives "
        f"precision {with_interval(binary['precision'])} and recall "
        f"{with_interval(binary['recall'])} on the test set."
    )
    yield "threshold on the test set", sentence in read.text[key], True


def first_page(read, facts):
    evaluation = facts["evaluation"]
    text = " ".join(read.text["top"].split())
    right = sum(row[i] for i, row in enumerate(evaluation["confusion"]))
    n_test = evaluation["n_test"]
    verdict = f"{share(evaluation['accuracy']['value'])} of {n_test:,} test images rightly"
    binary = evaluation["binary"]
    told = (
        f"precision {with_interval(binary['precision'])}, recall {with_interval(binary['recall'])}."
    )
    folds = facts["ranking"]["ranked"][0]["fold_accuracies"]
    spread = f"its folds gave {share(min(folds))} to {share(max(folds))} out of fold"
    yield "verdict", verdict in text, True
    yield "wrong", f"{n_test - right:,} of {n_test:,} test images are wrong." in text, True
    yield "threshold on the first page", told in text, True
    yield "folds on the first page", spread in text, True
    least = min(evaluation["per_class"], key=lambda each: each["recall"])
    missed = f"The {least['label']} is missed most: {share(least['recall'])} of them are found."
    yield "missed most", missed in text, True


def thresholds(read, facts):
    titles = {each["candidate"]: each["title"] for each in facts["ranking"]["ranked"]}
    rows = read.rows("2-precision-against-recall", "candidate")
    for row, each in zip(rows, facts["choices"], strict=True):
        point = [f"{each['threshold']:.6g}", share(each["precision"]), share(each["recall"])]
        yield "choice", row, [titles[each["candidate"]], *point]


def candidates(read, facts):
    binaries = {each["candidate"]: each for each in facts["binaries"]}
    rows = read.rows("3-which-candidate", "candidate")
    for row, each in zip(rows, facts["ranking"]["ranked"], strict=True):
        binary = binaries[each["candidate"]]
        mean = f"{share(each['mean_accuracy'])} ± {100 * each['std_accuracy']:.2f}"
        folds = " ".join(f"{100 * accuracy:.2f}" for accuracy in each["fold_accuracies"])
        areas = [f"{binary['roc_auc']:.4f}", f"{binary['average_precision']:.4f}"]
        yield "candidate", row[:5], [each["title"], mean, folds, *areas]


def every_class(read, every):
    for row, point in zip(read.rows("2b-every-class", "class"), every["points"], strict=True):
        if point["recall"] is not None:
            shown = [f"{point['threshold']:.4g}", share(point["precision"], 1)]
            yield "every class", row[:3], [str(point["label"]), *shown]
            yield "every class", row[4], share(point["recall"], 1)
        cheapest = point["cheapest"]
        counts = [f"{cheapest['false_alarms']:,}", f"{cheapest['misses']:,}"]
        yield "cheapest", row[6:8], counts


def card(read, facts):
    evaluation = facts["evaluation"]
    shown = {row[0]: row[1] for row in read.rows("model-card", "test score")}
    for name, score in scores(evaluation):
        yield f"model card: {name}", shown[name], with_interval(score)
    text = read.text["model-card"]
    digests = {
        "content": facts["dataset"]["content_sha256"],
        "model": facts["fitted"]["model"]["sha256"],
        "predictions": facts["prediction_sha256"],
        "revision": facts["code_revision"],
        "seed": f"seed: {facts['config']['seed']}\n",
    }
    for name, value in digests.items():
        yield f"model card: {name}", value in text, True
