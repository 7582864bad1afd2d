"""Makes `poet.png`: the page of the anthology's model, a poem coloured by surprise."""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from gru_textgen.export.html import export_html
from gru_textgen.model_file.shipped import find_weights

with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
    page = Path(folder) / "poet.html"
    export_html(find_weights("anthology"), page)
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=["--no-sandbox"]
    )
    tab = browser.new_page(viewport={"width": 1100, "height": 1000})
    tab.goto(page.as_uri())
    tab.get_by_label("At reading speed").uncheck()
    tab.get_by_label("Begin with").fill("The Clock\n\n")
    tab.get_by_label("Seed", exact=True).fill("0")
    tab.get_by_label("Colour").select_option("surprise")
    tab.get_by_role("button", name="Write", exact=True).click()
    expect(tab.locator("#status")).to_contain_text("Seed", timeout=60_000)
    tab.screenshot(path=Path(__file__).with_name("poet.png"))
    browser.close()
