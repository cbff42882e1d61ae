"""What all pages for people share: cookies, session -> person, CSRF, security headers. The Flask twin of `wire`."""

from authserver.browser.installation import install

__all__ = ["install"]
