"""Sphinx extension of this book: one place for addresses and version, a way to report an error on every page.

On pages without code ``{{repository}}`` and ``{{book}}`` stand for the addresses of the repository and of the
published book, both from ``_config.yml``, and ``{{version}}`` for the version in ``pyproject.toml``.
"""

import json
import posixpath
import re
import tomllib
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from docutils import nodes
from sphinx.util.osutil import relative_uri

OWN_MIME_TYPE = "application/vnd.fmnist-lessons+json"


def _version(root: Path) -> str:
    """The version in pyproject.toml, or the library's where pyproject.toml leaves it to the library."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if "version" in project:
        return project["version"]
    source = (root / "fmnist_lessons" / "__init__.py").read_text(encoding="utf-8")
    return re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)[1]


def _values(app) -> dict[str, str]:
    """What the names in double braces stand for."""
    return {
        "repository": app.config.html_theme_options["repository_url"].rstrip("/"),
        "book": app.config.html_baseurl.rstrip("/"),
        "version": _version(Path(app.confdir)),
    }


def _read_values(app) -> None:
    app.env.fmnist_book_values = _values(app)


def _forget_if_changed(app, env, added, changed, removed):
    """Read all pages again when an address or the version has changed since the last build."""
    values = env.fmnist_book_values
    before, env.fmnist_book_values_before = getattr(env, "fmnist_book_values_before", values), values
    return env.found_docs if before != values else []


def _fill_in(app, docname, source) -> None:
    """Replace the names in double braces on a text page; drop a notebook's outputs that nobody reads."""
    if app.env.doc2path(docname).endswith(".ipynb"):
        source[0] = _without_own_outputs(source[0])
        return
    for name, value in app.env.fmnist_book_values.items():
        source[0] = source[0].replace("{{" + name + "}}", value)


def _without_own_outputs(text: str) -> str:
    """Drop the outputs of type OWN_MIME_TYPE, about which MyST-NB would warn."""
    if OWN_MIME_TYPE not in text:
        return text
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(OWN_MIME_TYPE, None)
    return json.dumps(notebook)


def _make_links_relative(app, doctree, docname) -> None:
    """Turn absolute links into this book into relative ones, which also work in a copy without internet."""
    book = app.env.fmnist_book_values["book"] + "/"
    here = app.builder.get_target_uri(docname)
    for reference in doctree.findall(nodes.reference):
        address = reference.get("refuri", "")
        if address.startswith(book):
            path, hash_sign, anchor = address[len(book) :].partition("#")
            there = relative_uri(here, path or "index.html") or posixpath.basename(here)
            reference["refuri"] = there + hash_sign + anchor
            reference["internal"] = True


def _add_footer(app, pagename, templatename, context, doctree) -> None:
    """Put the version into the footer, and under each page a link that reports an error in it."""
    version, repository = (app.env.fmnist_book_values[name] for name in ("version", "repository"))
    context["theme_extra_footer"] = f"<p>Version {version} of this book.</p>"
    if doctree is not None and "body" in context:
        report = {"title": f"Error on page {pagename}", "body": f"Version {version}. What is wrong:\n"}
        address = escape(f"{repository}/issues/new?{urlencode(report)}")
        context["body"] += (
            '<p class="fmnist-report">Something wrong or unclear on this page? '
            f'<a href="{address}">Report it</a>.</p>'
        )


def setup(app):
    """Register with Sphinx."""
    app.add_config_value("comments_config", {}, "env")  # Jupyter Book sets it even without sphinx_comments
    app.connect("builder-inited", _read_values)
    app.connect("env-get-outdated", _forget_if_changed)
    app.connect("source-read", _fill_in)
    app.connect("doctree-resolved", _make_links_relative)
    app.connect("html-page-context", _add_footer)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
