"""What a person is called and how pages look to them."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from tenants.context_processors import THEME_COOKIE, chosen_theme
from tenants.forms import ProfileForm, ThemeForm
from tenants.services.people import rename_person
from tenants.views.requests import person

THEME_COOKIE_AGE_S = 365 * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
def account_settings(request: HttpRequest) -> HttpResponse:
    """Change one's name; the rest of the account is allauth's."""
    user = person(request)
    form = ProfileForm(request.POST or None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        rename_person(user=user, **form.cleaned_data)
        messages.success(request, "Your name is saved.")
        return redirect("account_settings")
    theme_form = ThemeForm(initial={"theme": chosen_theme(request)})
    context = {"form": form, "theme_form": theme_form}
    return render(request, "tenants/account.html", context, status=422 if form.errors else 200)


@require_POST
def account_theme(request: HttpRequest) -> HttpResponse:
    """Remember the chosen colours in this browser; scripts do the same without a request."""
    form = ThemeForm(request.POST)
    response = redirect("account_settings")
    if form.is_valid():
        response.set_cookie(
            THEME_COOKIE,
            form.cleaned_data["theme"],
            max_age=THEME_COOKIE_AGE_S,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
    return response
