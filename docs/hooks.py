"""What `mkdocs.yml` cannot say: the notebooks are pages of the site, as they ran, and
the page that learns and the pages that write are files of it."""

import base64
import html
import re
from pathlib import Path

from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

from gru_textgen.export.html import poet_page
from gru_textgen.export.playground import playground_page
from gru_textgen.model_file.shipped import shipped_weights

_PICTURE = re.compile(
    r'<img (?:alt="[^"]*" )?src="(data:image/svg\+xml;base64,([^"]+))"'
)


@event_priority(50)  # before the plugin that makes pages of notebooks
def on_files(files, config):
    """Add the notebooks, which lie beside `docs`, the page that learns, and for each
    language the page of its poet."""
    root = Path(config.config_file_path).parent
    for path in sorted(root.glob("notebooks/*.ipynb")):
        name = path.relative_to(root).as_posix()
        where = str(root), config.site_dir, config.use_directory_urls
        files.append(File(name, *where))
    page = playground_page()
    files.append(File.generated(config, "playground.html", content=page))
    for path in shipped_weights():
        if path.stem.startswith("verse"):
            name = f"poets/{path.stem}.html"
            files.append(File.generated(config, name, content=poet_page(path)))
    return files


def on_page_content(content, **_):
    """Give each picture of a notebook its text, which is the title of its SVG."""
    return _PICTURE.sub(_with_text, content)


def _with_text(found):
    svg = base64.b64decode(found[2]).decode()
    title = re.search(r"<title>(.*?)</title>", svg, re.DOTALL)
    text = html.escape(html.unescape(title[1])) if title else ""
    return f'<img alt="{text}" src="{found[1]}"'
