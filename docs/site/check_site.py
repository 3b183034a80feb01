#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Opens every page of the site that `ninja docs` builds, and follows its links.

usage: check_site.py DIRECTORY_OF_INDEX_HTML [--built-by COMMAND...]

Starting from index.html and from the tree beside the pages, each file and each anchor that a link
names must exist, and every page must be reached. The main pages are opened in headless Chromium, if
it is installed, which runs their scripts: the search field must come up from files alone, without a
server. With --built-by the site is built first.
"""

import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

# The search has to find them.
ENTITIES = ["join", "scope", "spawn_owned", "task", "sync_wait", "thread_pool", "stackful",
            "par_iter", "parallel_iterator", "par_sort"]
OPENED = ["index.html", "namespacemicropool.html", "classmicropool_1_1thread__pool.html",
          "classmicropool_1_1parallel__iterator.html"]
FEWEST_PAGES = 30


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for key, value in attributes:
            if key == "id" or (key == "name" and tag == "a"):
                self.anchors.add(value)
            elif key in ("href", "src") and value:
                self.links.append(value)


def read(path):
    return Page(path.read_text(encoding="utf-8", errors="replace"))


def follow(site):
    """(complaints, pages that were reached), from index.html on."""
    pages, complaints = {}, []
    open_pages = [site / "index.html"]
    named = []
    for script in site.glob("*.js"):  # the menu and the tree
        for name, anchor in re.findall(r"[\"'](\w+\.html)(?:#(\w+))?[\"']",
                                       script.read_text(encoding="utf-8")):
            open_pages.append(site / name)
            if anchor:
                named.append((script, site / name, anchor))
    while open_pages:
        path = open_pages.pop()
        if path in pages:
            continue
        if not path.is_file():
            complaints.append(f"there is no {path.name}")
            pages[path] = None
            continue
        pages[path] = read(path)
        for link in pages[path].links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            file = urllib.parse.unquote(parts.path)
            target = (path.parent / file).resolve() if file else path
            if site not in target.parents:
                complaints.append(f"{path.name}: {link} leads out of the site")
            elif not target.exists():
                complaints.append(f"{path.name}: {link} does not exist")
            elif target.suffix == ".html":
                open_pages.append(target)
                if parts.fragment:
                    named.append((path, target, urllib.parse.unquote(parts.fragment)))
    for path, target, anchor in named:
        if pages.get(target) and anchor not in pages[target].anchors:
            complaints.append(f"{path.name}: {target.name} has no anchor {anchor}")
    return complaints, [path for path, page in pages.items() if page]


def search_index(site):
    """What is wrong with the search data, which a script of each page reads."""
    if not (site / "search/search.js").is_file():
        return ["there is no search/search.js"]
    entries = "".join(path.read_text(encoding="utf-8")
                      for path in (site / "search").glob("all_*.js"))
    complaints = [f"the search does not find {name}"
                  for name in ENTITIES if f"['{name}'" not in entries]
    for path in re.findall(r"'\.\./(\w+\.html)(?:#\w+)?'", entries):
        if not (site / path).is_file():
            complaints.append(f"the search leads to {path}, which does not exist")
    return complaints


def chromium():
    names = ["chromium", "chromium-browser", "google-chrome"]
    return next(filter(None, map(shutil.which, names)), None)


def opened(browser, path, profile):
    """The page as it is after its scripts have run."""
    run = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu",
                          "--disable-dev-shm-usage", "--allow-file-access-from-files",
                          f"--user-data-dir={profile}", "--virtual-time-budget=5000", "--dump-dom",
                          path.as_uri()],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=240, check=False)
    return run.stdout.decode("utf-8", "replace"), run.stderr.decode("utf-8", "replace")


def open_in_browser(site, browser):
    complaints = []
    with tempfile.TemporaryDirectory() as profile:
        for name in OPENED:
            path = site / name
            if not path.is_file():
                complaints.append(f"there is no {name}")
                continue
            dom, errors = opened(browser, path, profile)
            if "</html>" not in dom:
                complaints.append(f"{name} does not open: {errors[-300:]}")
                continue
            page = Page(dom)
            # Both are made by scripts: the field, and the window of its results.
            if "MSearchField" not in page.anchors or "MSearchResultsWindow" not in page.anchors:
                complaints.append(f"{name}: no search field")
            for link in page.links:
                parts = urllib.parse.urlsplit(link)
                if parts.scheme or parts.netloc or not parts.path:
                    continue
                if not (site / urllib.parse.unquote(parts.path)).exists():
                    complaints.append(f"{name}: {link}, which a script has made, does not exist")
    return complaints


def main():
    arguments = sys.argv[1:]
    if not arguments:
        print(__doc__)
        return 2
    site = pathlib.Path(arguments[0]).resolve()
    if arguments[1:2] == ["--built-by"]:
        shutil.rmtree(site, ignore_errors=True)
        if subprocess.run(arguments[2:], check=False).returncode:
            print("the site was not built, or with warnings")
            return 1
    complaints, reached = follow(site)
    # Doxygen describes folders of files whether or not it links to them.
    pages = set(site.glob("*.html"))
    complaints += [f"no link leads to {path.name}"
                   for path in pages - set(reached) if not path.name.startswith("dir_")]
    if len(reached) < FEWEST_PAGES:
        complaints.append(f"only {len(reached)} pages: is this the whole site?")
    complaints += search_index(site)
    browser = chromium()
    if browser:
        complaints += open_in_browser(site, browser)
    for complaint in sorted(set(complaints)):
        print(complaint)
    how = f"{len(OPENED)} opened in {os.path.basename(browser)}" if browser else "no Chromium"
    print(f"{len(reached)} of {len(pages)} pages reached, {how}, {len(set(complaints))} problems")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
