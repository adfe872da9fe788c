"""Windows of a browser in which people visit the shop."""

from playwright.async_api import Browser, BrowserContext, Page, expect

__all__ = ["Windows"]

PATIENCE_MILLISECONDS = 60_000


class Windows:
    """Windows, each of a visitor of its own."""

    def __init__(self, browser: Browser) -> None:
        self.faults: list[str] = []
        self._browser = browser
        expect.set_options(timeout=PATIENCE_MILLISECONDS)
        self._contexts: list[BrowserContext] = []

    async def open(self, **facts: object) -> Page:
        """A window in which nothing was visited yet."""
        given = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **facts}
        context = await self._browser.new_context(**given)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        self._contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._listen)
        return page

    async def close(self) -> None:
        """Close them."""
        for each in self._contexts:
            await each.close()

    def _listen(self, message: object) -> None:
        text = str(getattr(message, "text", ""))
        if "Content Security Policy" in text:
            self.faults.append(text)
