"""Chat models by provider, through LangChain; each is imported when it is first used."""
# ruff: noqa: PLC0415 - importing a provider's library takes seconds, and most never use it

from dataclasses import dataclass
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from argus.services.qa.language_models.settings import Access, Provider

_URLS = {
    Provider.GROQ: "https://api.groq.com/openai/v1",
    Provider.DEEPSEEK: "https://api.deepseek.com/v1",
}

_NOT_OF_THE_PROTOCOL = (ValueError, LookupError, TypeError, AttributeError)
"""What the libraries stumble over when a server answers with something else."""

Method = Literal["function_calling", "json_schema"]


@dataclass(frozen=True)
class Chat:
    """A model that can be asked, how it is held to a form, and what it raises when it fails."""

    model: BaseChatModel
    method: Method
    failures: tuple[type[Exception], ...]


def chat(
    provider: Provider, model: str, access: Access, *, timeout_s: float, max_output_tokens: int
) -> Chat:
    """The provider's model, which is asked once: what fails is for the next in line."""
    common: dict[str, Any] = {"model": model, "timeout": timeout_s, "max_retries": 0}
    match provider:
        case Provider.ANTHROPIC:
            from anthropic import AnthropicError
            from langchain_anthropic import ChatAnthropic

            if access.url:
                common["base_url"] = access.url
            common["max_tokens"] = max_output_tokens
            anthropic = ChatAnthropic(api_key=access.api_key, **common)
            return Chat(anthropic, "function_calling", (AnthropicError, *_NOT_OF_THE_PROTOCOL))
        case Provider.GOOGLE:
            from google.genai.errors import APIError
            from httpx import HTTPError
            from langchain_google_genai import ChatGoogleGenerativeAI
            from langchain_google_genai.chat_models import ChatGoogleGenerativeAIError

            google = ChatGoogleGenerativeAI(
                api_key=access.api_key,
                base_url=access.url,
                max_output_tokens=max_output_tokens,
                **common,
            )
            failures = (ChatGoogleGenerativeAIError, APIError, HTTPError, *_NOT_OF_THE_PROTOCOL)
            return Chat(google, "json_schema", failures)
        case _:
            from langchain_openai import ChatOpenAI
            from openai import OpenAIError

            speaks_openai = ChatOpenAI(
                api_key=access.api_key or SecretStr("none"),
                base_url=access.url or _URLS.get(provider),
                max_completion_tokens=max_output_tokens,
                use_responses_api=False,
                **common,
            )
            strict = provider in (Provider.OPENAI, Provider.LOCAL)
            method: Method = "json_schema" if strict else "function_calling"
            return Chat(speaks_openai, method, (OpenAIError, *_NOT_OF_THE_PROTOCOL))
