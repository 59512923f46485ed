"""A sample portal: a city website that knows its visitors through the provider alone."""

import json
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deploy.samples.catalogue import PORTALS, SamplePortal
from deploy.samples.credentials import load_or_create
from deploy.samples.portal_page import Shown, portal_page, stylesheet
from deploy.samples.problems import LoginFailed, NotBegunHere
from deploy.samples.relying_party import RelyingParty, SignedIn
from deploy.samples.web import Request, Response, SampleSite, redirect
from policies.levels import Level

CHINA = ZoneInfo("Asia/Shanghai")
SHOWN_CLAIMS = ("name", "phone_number", "gender", "birthdate")


class Portal:
    """The routes of one portal. Its visitors' state is in memory: losing it costs a new login."""

    def __init__(self, portal: SamplePortal, relying_party: RelyingParty, *, port: int) -> None:
        self._portal = portal
        self._relying_party = relying_party
        self._port = port
        self._url = portal.url(port)
        self.site: SampleSite

    def home(self, request: Request) -> Response:
        signed_in: SignedIn | None = request.visitor.get("signed_in")
        others = tuple(p for p in PORTALS if p.client_id != self._portal.client_id)
        shown = Shown(
            language=request.language,
            person=_shown(signed_in) if signed_in else None,
            others=tuple((each.name_in(request.language), each.url(self._port)) for each in others),
            problem=request.visitor.pop("problem", None),
        )
        return Response(body=portal_page(self._portal, shown))

    def login(self, request: Request) -> Response:
        """Also the address a third party may start a login at (OpenID Connect Core 1.0 §4)."""
        given = {**request.arguments, **request.form}
        task = self._portal.task if given.get("go") == "task" else None
        acr = task.acr if task else self._portal.acr
        extra = {"acr_values": acr, "claims": self._portal.claims_parameter}
        if given.get("login_hint"):
            extra["login_hint"] = given["login_hint"]
        return redirect(
            self._relying_party.begin(request.visitor, f"{self._url}/callback", **extra)
        )

    def callback(self, request: Request) -> Response:
        try:
            request.visitor["signed_in"] = self._relying_party.finish(
                request.visitor, f"{self._url}/callback", dict(request.arguments)
            )
        except NotBegunHere as problem:
            if "signed_in" not in request.visitor:  # else they went back to a login that ended well
                request.visitor["problem"] = problem
        except LoginFailed as problem:
            request.visitor["problem"] = problem
        return redirect(f"{self._url}/")

    def logout(self, request: Request) -> Response:
        signed_in: SignedIn | None = request.visitor.pop("signed_in", None)
        if signed_in is None:
            return redirect(f"{self._url}/")
        return redirect(
            self._relying_party.logout_url(signed_in.id_token, f"{self._url}/", state="left")
        )

    def backchannel_logout(self, request: Request) -> Response:
        """Back-Channel Logout 1.0 §2.5: 200 when the session is gone, 400 for a bad token."""
        try:
            sid = self._relying_party.logged_out_sid(request.form.get("logout_token", ""))
        except LoginFailed:
            return Response(status=HTTPStatus.BAD_REQUEST)
        self._forget(sid)
        return Response(headers=(("Cache-Control", "no-store"),))

    def frontchannel_logout(self, request: Request) -> Response:
        """Front-Channel Logout 1.0 §2: the frame shows no cookie of ours, so `sid` decides."""
        self._forget(request.arguments.get("sid", ""))
        return Response(body="<!doctype html><title>bye</title>")

    def status(self, request: Request) -> Response:
        """Whether this browser is signed in, for people who look with a tool."""
        is_signed_in = "signed_in" in request.visitor
        return Response(body=json.dumps({"signed_in": is_signed_in}))

    def style(self, _request: Request) -> Response:
        return Response(headers=(("Content-Type", "text/css"),), body=stylesheet(self._portal))

    def _forget(self, sid: str) -> None:
        for visitor in self.site.visitors():
            signed_in = visitor.get("signed_in")
            if sid and signed_in is not None and signed_in.claims.get("sid") == sid:
                visitor.pop("signed_in", None)


def portal_application(portal: SamplePortal, *, data: Path) -> Callable[[str, int], SampleSite]:
    """A factory for the companions' process: `create(issuer, port)` gives the WSGI application."""

    def create(issuer: str, port: int) -> SampleSite:
        credentials = load_or_create(data, (portal.client_id,))
        relying_party = RelyingParty(
            issuer=issuer,
            client_id=portal.client_id,
            client_secret=credentials.secret_of(portal.client_id),
            scope="openid",
        )
        rooms = Portal(portal, relying_party, port=port)
        rooms.site = SampleSite(
            cookie=portal.client_id.replace("-", "_"),
            routes={
                "/": rooms.home,
                "/login": rooms.login,
                "/callback": rooms.callback,
                "/logout": rooms.logout,
                "/backchannel-logout": rooms.backchannel_logout,
                "/frontchannel-logout": rooms.frontchannel_logout,
                "/status": rooms.status,
                "/portal.css": rooms.style,
            },
            frame_ancestors=issuer,
            leads_to=issuer,
        )
        return rooms.site

    return create


def _shown(signed_in: SignedIn) -> dict[str, Any]:
    since = datetime.fromtimestamp(signed_in.claims["auth_time"], CHINA)
    shown = {name: signed_in.userinfo[name] for name in SHOWN_CLAIMS if name in signed_in.userinfo}
    acr = signed_in.claims.get("acr", "")
    level = Level.parse(acr)
    shown["level"] = str(level.ial) if level else ""
    shown["auth_time"] = since.strftime("%Y-%m-%d %H:%M:%S")
    shown |= {"sub": signed_in.claims["sub"], "acr": acr}
    return {name: value for name, value in shown.items() if value}
