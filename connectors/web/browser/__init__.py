"""The rendering fallback: pages whose pictures come by script, opened in a fenced-in Chromium.

The fence is below the browser: a loopback proxy (`proxy`) through which every request goes, and
which connects by the rules of the guard. The browser runs in processes of its own (`group`) that
end with the render, whatever the page does.
"""

from connectors.web.browser.rendering import render_page
from connectors.web.browser.values import RenderedPage, RenderLimits

__all__ = ["RenderLimits", "RenderedPage", "render_page"]
