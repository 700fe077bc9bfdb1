"""Settings of platforms that are asked through an account; ``config.settings`` takes them in."""

from config.env import env

PINTEREST_API_URL = env("PINTEREST_API_URL", default="https://api.pinterest.com/v5").rstrip("/")
# Where people grant access, in their browser.
PINTEREST_AUTHORIZE_URL = env("PINTEREST_AUTHORIZE_URL", default="https://www.pinterest.com/oauth/")
# Trial access allows so many for one application, over all its users.
PINTEREST_APP_REQUESTS_PER_DAY = env.int("PINTEREST_APP_REQUESTS_PER_DAY", default=1_000)
PINTEREST_USER_REQUESTS_PER_MINUTE = env.int("PINTEREST_USER_REQUESTS_PER_MINUTE", default=300)

PINTEREST_WEB_URL = env("PINTEREST_WEB_URL", default="https://www.pinterest.com").rstrip("/")
# Of one request for the details of a pin.
PINTEREST_WEB_DEADLINE_S = env.float("PINTEREST_WEB_DEADLINE_S", default=30.0)
