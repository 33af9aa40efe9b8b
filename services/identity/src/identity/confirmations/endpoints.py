"""What people confirm by a mailed link, over HTTP."""

from fastapi import APIRouter, Depends, Response, status

from identity.accounts.errors import EmailTaken
from identity.confirmations import service
from identity.confirmations.schemas import EmailChangeIn, ResetIn, ResetRequestIn, TokenIn
from identity.http import never_stored, operation_id
from identity.login.errors import ReauthenticationRequired
from identity.mail.links import InvalidLink, TooManyMails
from identity.parts import PartsDep
from identity.throttle.errors import TooManyAttempts
from shared import tracing
from shared.auth import AuthUser
from shared.db import DatabaseDep, SessionDep
from shared.errors import InvalidInput, Unavailable, problem_responses

router = APIRouter(
    prefix="/api/auth",
    tags=["confirmations"],
    dependencies=[Depends(never_stored)],
    generate_unique_id_function=operation_id,
)


@router.post(
    "/email/verify/",
    summary="Confirm the e-mail address",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(InvalidInput, InvalidLink),
)
async def verify_email(body: TokenIn, session: SessionDep, parts: PartsDep) -> None:
    """By the token of the link that was mailed. No login is needed."""
    await service.verify_email(session, parts, body.token)


@router.post(
    "/email/resend/",
    summary="Mail the confirmation link again",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(TooManyMails),
)
async def resend_verification(user: AuthUser, session: SessionDep, parts: PartsDep) -> None:
    """To the account's address. Does nothing where that is confirmed already."""
    await service.resend_verification(session, parts, user)


@router.post(
    "/email/change/",
    summary="Ask for another e-mail address",
    status_code=status.HTTP_202_ACCEPTED,
    response_class=Response,
    responses=problem_responses(ReauthenticationRequired, TooManyMails, TooManyAttempts, Unavailable),
)
async def request_email_change(
    body: EmailChangeIn, user: AuthUser, session: SessionDep, database: DatabaseDep, parts: PartsDep
) -> None:
    """Mails a link to the new address and a notice to the present one, which stays until the link is followed.

    The answer doesn't tell whether somebody else has the new address."""
    # The caller is known: give the request's connection back before passwords are hashed.
    await session.commit()
    await service.request_email_change(
        database, parts, user, new_email=body.new_email, current_password=body.current_password
    )


@router.post(
    "/email/change/confirm/",
    summary="Confirm the new e-mail address",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(InvalidInput, InvalidLink, EmailTaken),
)
async def confirm_email_change(body: TokenIn, session: SessionDep, parts: PartsDep) -> None:
    """By the token of the link that was mailed to it. No login is needed."""
    await service.change_email(session, parts, body.token)


@router.post(
    "/password/reset/",
    summary="Forgot the password",
    status_code=status.HTTP_202_ACCEPTED,
    response_class=Response,
    responses={
        202: {"description": "A link is mailed in a moment, if there is an account with this address"},
        **problem_responses(TooManyAttempts),
    },
)
async def request_password_reset(body: ResetRequestIn, session: SessionDep, parts: PartsDep) -> None:
    """Mails a link to whoever has an account. The answer is the same for everybody, and so is the time it takes."""
    await parts.throttle.ask_reset(tracing.client.get().address)
    await service.request_reset(session, parts, body.email)


@router.post(
    "/password/reset/confirm/",
    summary="Set a new password by a mailed link",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(InvalidInput, InvalidLink, Unavailable),
)
async def reset_password(body: ResetIn, database: DatabaseDep, parts: PartsDep) -> None:
    """Ends all logins of the account. Log in afterwards."""
    await service.reset_password(database, parts, body.token, body.new_password)
