"""The built book: its links, read without a browser, and each of its pages, opened in one."""

import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml

from fmnist_lessons import __version__

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
REPOSITORY = CONFIG["repository"]["url"]
BOOK = CONFIG["html"]["baseurl"].rstrip("/") + "/"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PLACE_ON_A_MACHINE = re.compile(r"(?<![\w.~-])/(?:home|root|work|tmp|Users)/[\w.-]*")


def toc_entries(entry: dict) -> list[str]:
    """The pages of a table of contents, in its order."""
    pages = [entry[key] for key in ("root", "file") if key in entry]
    for key in ("parts", "chapters", "sections"):
        for below in entry.get(key, []):
            pages += toc_entries(below)
    return pages


PAGES = toc_entries(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
IN_COLAB = [page for page in PAGES if "/chapters/" in page or "/exercises/" in page]


# Without a browser


class Page(HTMLParser):
    """What a page links to, what it loads, and where a link may lead to in it."""

    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif "src" in found:
            self.loads.append(found["src"])
        elif tag == "link" and found.get("rel") in ("stylesheet", "preload", "icon", "shortcut icon"):
            self.loads.append(found["href"])


@cache
def read_page(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def dead_end(link: str, page: Path, book: Path) -> str | None:
    """Why a link inside the book leads nowhere; None where it leads somewhere or out of the book."""
    here = BOOK + page.relative_to(book).as_posix()
    address = urljoin(here, link)
    if not address.startswith(BOOK):
        return None
    place, anchor = unquote(urlsplit(address).path), unquote(urlsplit(address).fragment)
    target = book / place.removeprefix(urlsplit(BOOK).path)
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return "no such file"
    if anchor and target.suffix == ".html" and anchor not in read_page(target).anchors:
        return "no such anchor"
    return None


def test_every_link_inside_the_book_leads_somewhere(built_book):
    dead = [
        f"{page.relative_to(built_book)}: {link} ({why})"
        for page in sorted(built_book.glob("**/*.html"))
        if "_static" not in page.parts
        for link in read_page(page).links + read_page(page).loads
        if (why := dead_end(link, page, built_book))
    ]
    assert not dead, "\n".join(dead)


def test_no_page_loads_a_file_of_another_host(built_book):
    foreign = [
        f"{page}: {address}"
        for page in PAGES
        for address in read_page(built_book / f"{page}.html").loads
        if urlsplit(address).netloc
    ]
    assert not foreign, "\n".join(foreign)


def test_the_table_of_contents_holds_every_page():
    book = ROOT / "book"
    written = [*book.glob("*.md"), *book.glob("notebooks/*/*.ipynb")]
    assert sorted(PAGES) == sorted(path.relative_to(ROOT).with_suffix("").as_posix() for path in written)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_a_place_on_some_machine(page, built_book):
    found = PLACE_ON_A_MACHINE.findall((built_book / f"{page}.html").read_text(encoding="utf-8"))
    assert not found


@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_thebe(page, built_book):
    assert "sphinx-thebe" not in (built_book / f"{page}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_an_error_can_be_reported_on_every_page(page, built_book):
    links = read_page(built_book / f"{page}.html").links
    assert any(link.startswith(f"{REPOSITORY}/issues/new?title=Error") for link in links)


@pytest.mark.parametrize("page", IN_COLAB)
def test_the_colab_button_opens_this_notebook(page, built_book):
    colab = f"https://colab.research.google.com/github{urlsplit(REPOSITORY).path}/blob"
    links = read_page(built_book / f"{page}.html").links
    assert f"{colab}/{CONFIG['repository']['branch']}/{page}.ipynb" in links
    assert (ROOT / f"{page}.ipynb").is_file()


def test_the_changelog_shows_the_version(built_book):
    changelog = next(page for page in PAGES if page.endswith("changelog"))
    assert f"version {__version__}" in (built_book / f"{changelog}.html").read_text(encoding="utf-8")


# In a browser

LOOK = """() => {
  const article = document.querySelector("article"), root = document.documentElement;
  const numbers = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = colour => numbers(colour).slice(0, 3)
    .map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (numbers(colour).length === 3) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const contrast = e => {
    const pair = [light(getComputedStyle(e).color), light(ground(e))].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  };
  const shown = e => e.getClientRects().length > 0;
  const hasText = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  const scrolls = e => {
    for (e = e.parentElement; e && e !== article; e = e.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(e).overflowX)) return true;
    return false;
  };
  const name = e => `${e.tagName} ${String(e.textContent).trim().slice(0, 40)}`;
  const inArticle = [...article.querySelectorAll("*")].filter(shown);
  return {
    mode: root.dataset.theme,
    width: [root.scrollWidth, root.clientWidth],
    sticking_out: inArticle.filter(e => e.getBoundingClientRect().right > root.clientWidth + 1 && !scrolls(e)
      && !e.matches("table, .output, pre, pre *, mjx-assistive-mml, mjx-assistive-mml *")).map(name),
    heading: [...article.querySelectorAll("h1")].filter(shown).map(e => e.textContent.trim()),
    hard_to_read: inArticle.filter(e => hasText(e)
      && e.matches("p, li, dd, dt, td, th, h1, h2, h3, summary, a:not(.headerlink), pre, pre *, code *")
      && contrast(e) < 4.5).map(e => `${contrast(e).toFixed(2)} ${name(e)}`),
  };
}"""

READY = """async () => {
  await window.MathJax?.startup?.promise;
  await Promise.all([...document.images].map(i => i.decode().catch(() => {})));
  return {
    maths: document.querySelectorAll("article .math").length,
    rendered: document.querySelectorAll("article mjx-container").length,
    wrong: [...document.querySelectorAll("mjx-merror, [data-mjx-error]")].map(e => e.textContent),
    bad_images: [...document.images].filter(i => !i.naturalWidth || !i.alt.trim())
      .map(i => `${i.src} alt="${i.alt}"`),
    see_through: [...document.querySelectorAll("article img")].filter(i => {
      const canvas = document.createElement("canvas");
      const pen = canvas.getContext("2d", {willReadFrequently: true});
      pen.drawImage(i, 0, 0);
      return pen.getImageData(0, 0, 1, 1).data[3] < 255;
    }).map(i => i.src),
    footer: document.querySelector("footer .extra_footer")?.textContent,
  };
}"""

SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass
class Visit:
    """What was found on one page."""

    content: dict = field(default_factory=dict)
    looks: dict[str, dict] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    foreign_requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def tab(browser, book_address):
    """One tab for all pages, and a visit that its events are written into."""
    with browser.new_context(viewport=DESKTOP, color_scheme="light", reduced_motion="reduce") as context:
        tab, visit = context.new_page(), Visit()

        def note_request(request) -> None:
            if not request.url.startswith((book_address, "data:", "blob:")):
                visit.foreign_requests.append(request.url)

        def note_response(response) -> None:
            if response.status >= 400:
                visit.errors.append(f"{response.status} {response.url}")

        context.on("request", note_request)
        context.on("response", note_response)
        tab.on("pageerror", lambda error: visit.errors.append(str(error)))
        tab.on("console", lambda line: visit.errors.append(line.text) if line.type == "error" else None)
        yield tab, visit


@pytest.fixture(scope="module", params=PAGES)
def visit(request, tab, book_address) -> Visit:
    """Open a page, and look at it in light and dark, on a desktop and on a phone."""
    tab, events = tab
    events.errors.clear()
    events.foreign_requests.clear()
    found = Visit()
    tab.set_viewport_size(DESKTOP)
    tab.goto(f"{book_address}{request.param}.html")
    found.content = tab.evaluate(READY)
    for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
        tab.set_viewport_size(size)
        for mode in ("light", "dark"):
            tab.evaluate("mode => Object.assign(document.documentElement.dataset, {mode, theme: mode})", mode)
            tab.evaluate(SETTLED)
            found.looks[f"{name}, {mode}"] = tab.evaluate(LOOK)
    found.errors, found.foreign_requests = list(events.errors), list(events.foreign_requests)
    return found


def test_a_page_loads_without_errors(visit):
    assert not visit.errors


def test_a_page_asks_no_other_host(visit):
    assert not visit.foreign_requests


def test_a_page_has_one_visible_heading(visit):
    for name, look in visit.looks.items():
        assert len(look["heading"]) == 1, name


def test_a_page_fits_its_window(visit):
    for name, look in visit.looks.items():
        scrolled, shown = look["width"]
        assert scrolled <= shown, f"{name}: {scrolled} pixels wide in a window of {shown}"
        assert not look["sticking_out"], name


def test_text_is_readable_in_light_and_dark(visit):
    for name, look in visit.looks.items():
        assert look["mode"] == name.split()[-1]
        assert not look["hard_to_read"], name


def test_maths_is_rendered(visit):
    assert visit.content["rendered"] >= visit.content["maths"]
    assert not visit.content["wrong"]


def test_images_are_loaded_described_and_opaque(visit):
    assert not visit.content["bad_images"]
    assert not visit.content["see_through"]


def test_the_footer_shows_the_version(visit):
    assert f"Version {__version__}" in visit.content["footer"]


@pytest.mark.parametrize("word", ["convolution", "seed"])
def test_search_finds_a_page(word, tab, book_address):
    tab, events = tab
    events.errors.clear()
    tab.set_viewport_size(DESKTOP)
    tab.goto(f"{book_address}{PAGES[0]}.html")
    tab.keyboard.press("Control+k")
    tab.keyboard.type(word)
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**/search.html?q={word}")
    found = tab.locator("#search-results ul.search li a").first
    found.wait_for(timeout=15_000)
    found.click()
    tab.wait_for_url(lambda address: "search.html" not in address)
    assert word in tab.locator("article").inner_text().lower()
    assert not events.errors
