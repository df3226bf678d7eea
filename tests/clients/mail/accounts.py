"""A handler of aiosmtpd: a mail server that takes mail from one account, over TLS only."""

import base64

from aiosmtpd.handlers import Debugging

USER = "centre"
PASSWORD = "the right one"


class Accounts(Debugging):
    async def handle_AUTH(self, server, session, envelope, args):
        if session.ssl is None:
            print("A PASSWORD WITHOUT TLS", flush=True)
            return "538 5.7.11 Encryption required"
        if args[0] != "PLAIN" or len(args) != 2:
            return "504 5.5.4 Not this way"
        _, user, password = base64.b64decode(args[1]).decode().split("\0")
        if (user, password) != (USER, PASSWORD):
            print("REFUSED", user, flush=True)
            return "535 5.7.8 Authentication credentials invalid"
        session.authenticated = True
        print("SIGNED IN", user, flush=True)
        return "235 2.7.0 Authentication successful"

    async def handle_MAIL(self, server, session, envelope, address, options):
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("unknown@"):
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"
