"""What pages say of errors; the catalogue speaks to programmers."""

from argus.kernel.errors import ArgusError
from argus.services.auth.organization_security.errors import SignInMethodNotAllowed

_TEXTS = {
    "auth.credentials.invalid": "The e-mail address and the password do not belong together.",
    "auth.device.user_code_unknown": "No device waits with this code. Look at the device again:"
    " the code may have changed.",
    "auth.email_proof.invalid": "This link or code is not good any more. Ask for a new mail,"
    " and use the latest one.",
    "auth.hasher.busy": "Many people are signing in right now. Try again in a moment.",
    "auth.organization_security.address_not_allowed": "This organization cannot be used from the"
    " network that you are in. Use its own network or VPN.",
    "auth.organization_security.domain_not_allowed": "This organization lets in only people with a"
    " confirmed e-mail address of its own.",
    "auth.organization_security.mfa_required": "This organization lets people in by two steps only,"
    " and you came by one.",
    "auth.organization_security.session_too_old": "This organization asks you to sign in again.",
    "auth.passkey.invalid": "This passkey was not accepted. Try again, or choose another way.",
    "auth.second_factor.refused": "This was not accepted: it is wrong, too old, or used before.",
    "auth.sign_in.throttled": "There were too many attempts. Wait a little, then try again.",
    "auth.sign_up.closed": "You need an invitation to make an account here.",
    "identity.email.invalid": "This is not an e-mail address.",
    "identity.invitation.closed": "This invitation is no longer open. Ask for a new one.",
    "identity.invitation.not_found": "This is not an invitation code. Copy it whole from the mail.",
    "identity.invitation.other_address": "The invitation is for another e-mail address.",
    "identity.user.email_taken": "This address has an account. Sign in instead.",
    "kernel.request.invalid": "Something is missing, or not in its right form.",
}


def told(error: ArgusError) -> str:
    """One or two sentences for the person at the form."""
    if error.code == "auth.password.refused":
        return f"Choose another password: {error.detail.removesuffix('.')}."
    if isinstance(error, SignInMethodNotAllowed):
        allowed = ", ".join(map(str, error.allowed))
        return f"This organization does not accept the way you signed in. It accepts: {allowed}."
    return _TEXTS.get(error.code) or f"{error.title}: {error.detail.removesuffix('.')}."
