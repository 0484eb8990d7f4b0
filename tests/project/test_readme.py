"""What the README and the pages beside it say is true: tables, commands, files, links, folders."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from engine.paths import ROOT
from engine.run.exit_codes import MEANINGS
from flows.config import RunConfig
from flows.full_run import declare
from flows.reference import TABLES, options_tables, with_table
from flows.whole_run import declared_steps

DOCS = ROOT / "docs"
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")))
}
README = PAGES["README.md"]
TEXT = "\n".join(PAGES.values())
MODULES = sorted(set(re.findall(r"python -m ((?:flows|benchmarks)\.\w+)", TEXT)))
FLOORS = "engine|tasks|artifacts|flows|benchmarks|tests|docs"
FILES = sorted(set(re.findall(rf"`((?:{FLOORS})/[\w./]*)`", TEXT)))
TARGETS = sorted(set(re.findall(r"(?:`|^\$ (?:\S+=\S+ )*|\s{3})make (\w+)", TEXT, re.MULTILINE)))


def folders_of_the_map() -> list[str]:
    """Read the map of folders: a floor at the margin, its folders indented under it."""
    block = README.split("## Folders")[1].split("```text\n")[1].split("```")[0]
    folders, floor = [], ""
    for line in block.splitlines():
        name = line.split()[0].rstrip("/")
        floor = floor if line.startswith(" ") else name
        folders.append(f"{floor}/{name}" if line.startswith(" ") else name)
    return folders


def anchors_of(text: str) -> set[str]:
    """Return the anchors of a page's headings, as the site and code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


def links_of(name: str) -> list[str]:
    return [
        target
        for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[name])
        if not target.startswith(("http://", "https://"))
    ]


def test_the_readme_is_one_page():
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("page", TABLES)
def test_a_generated_table_is_the_one_that_the_program_writes(page):
    text = PAGES[f"docs/{page}"]
    assert TABLES[page]() in text
    assert with_table(text, TABLES[page]()) == text, "run `make docs`"


def test_every_command_with_options_has_a_table_of_them():
    named = {
        found
        for path in (ROOT / "flows").rglob("*.py")
        for found in re.findall(r'cli_prog_name"?[=:] ?"(.+?)"', path.read_text(encoding="utf-8"))
    }
    assert named
    assert named == set(re.findall(r"^## `(.+)`$", options_tables(), re.MULTILINE))


def test_the_table_of_artifacts_names_every_step_that_draws_a_report(store):
    tasks = {each.task for each in declared_steps(RunConfig(dataset="digits"), declare)}
    drawing = {each.name for each in tasks if each.fn.__module__.startswith("artifacts.reports.")}
    assert len(drawing) > 10
    assert drawing <= set(re.findall(r"`(draw [a-z ]+)`", TABLES["artifacts.md"]()))


def test_the_readme_names_no_option_that_is_not_there():
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    assert named
    assert named <= set(re.findall(r"`(--[a-z-]+)`", options_tables()))


def test_the_readme_names_every_exit_code():
    section = README.split("## Exit codes")[1].split("##")[0]
    listed = re.findall(r"(?:^|, )(\d+) ", section.replace("\n", " ").strip())
    assert listed == [str(code) for code in MEANINGS]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.filterwarnings("ignore:.*found in sys.modules")  # another test has imported it
def test_every_command_of_the_pages_answers_help(module, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [module, "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    assert ended.value.code in {0, None}
    assert "usage: " in capsys.readouterr().out


@pytest.mark.parametrize("target", TARGETS)
def test_every_make_target_of_the_pages_exists(target):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE)


@pytest.mark.parametrize("name", FILES)
def test_every_file_that_the_pages_name_exists(name):
    assert (ROOT / name).exists()


def test_the_map_of_folders_is_complete():
    mapped = set(folders_of_the_map())
    listed = subprocess.run(
        ["git", "ls-files", "*/*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    floors = ("engine", "tasks")
    there = {"/".join(Path(name).parts[:2]) for name in listed if len(Path(name).parts) > 2}
    assert {each for each in there if each.startswith(floors)} == {
        each for each in mapped if "/" in each
    }
    assert {each for each in mapped if "/" not in each} == {*FLOORS.split("|")}
    assert all((ROOT / each).is_dir() for each in mapped)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(page):
    for target in links_of(page):
        path, _, anchor = target.partition("#")
        there = (ROOT / page).parent / path if path else ROOT / page
        assert there.is_file(), target
        if anchor:
            assert anchor in anchors_of(there.read_text(encoding="utf-8")), target


def test_every_picture_of_the_pages_exists_and_has_a_text():
    found = 0
    for page, text in PAGES.items():
        for words, path in re.findall(r"!\[(.*?)\]\((.*?)\)", text):
            assert words
            assert ((ROOT / page).parent / path).is_file()
            found += 1
    assert found


def test_the_site_shows_every_page_and_loads_nothing_from_elsewhere():
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    shown = re.findall(r"[\w/-]+\.md", str(site["nav"]))
    assert sorted(shown) == sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))
    assert site["strict"] is True
    assert site["theme"]["font"] is False
    assert not any(str(each).startswith("http") for each in site.get("extra_javascript", []))


def test_no_file_of_the_project_names_a_folder_of_one_machine():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    pattern = re.compile(r"(?<![\w.])/(?:work|root|home)/")
    found = [
        name
        for name in listed
        if Path(name).suffix in {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ""}
        and name != Path(__file__).relative_to(ROOT).as_posix()
        and pattern.search((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert found == []
