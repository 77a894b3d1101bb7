"""A shop as component libraries render it: cards, utility classes, no ids, fields inside labels."""

from typing import Any

from argus.services.qa.benchmark.applications.web import (
    Application,
    Bug,
    Kind,
    Request,
    Response,
    Screen,
    redirect,
    route,
)
from argus.services.qa.ir import Flow

_NOT_FOUND = (
    """{% extends "layout" %}{% block main %}<h1 class="text-2xl">Nothing here</h1>{% endblock %}"""
)


class Shop(Application):
    """Products are listed as cards, kept in shape by forms, and put into a cart that adds up."""

    name = "shop"
    bugs = (
        Bug("add_product_missing", Kind.ELEMENT_MISSING, Flow.CREATE),
        Bug("to_cart_missing", Kind.ELEMENT_MISSING, Flow.NAVIGATE),
        Bug("remove_missing", Kind.ELEMENT_MISSING, Flow.DELETE),
        Bug("add_ignored", Kind.NO_EFFECT, Flow.CREATE),
        Bug("change_ignored", Kind.NO_EFFECT, Flow.UPDATE),
        Bug("remove_ignored", Kind.NO_EFFECT, Flow.DELETE),
        Bug("to_cart_ignored", Kind.NO_EFFECT, Flow.CREATE),
        Bug("added_leads_to_cart", Kind.WRONG_PAGE, Flow.CREATE),
        Bug("price_becomes_stock", Kind.WRONG_RESULT, Flow.UPDATE),
        Bug("negative_price_accepted", Kind.WRONG_RESULT, Flow.VALIDATE),
        Bug("error_on_add", Kind.SERVER_ERROR, Flow.CREATE),
        Bug("error_on_cart", Kind.SERVER_ERROR, Flow.NAVIGATE),
        Bug("total_leaves_one_out", Kind.WRONG_SUM, Flow.NAVIGATE),
        Bug("amount_ignores_quantity", Kind.WRONG_SUM, Flow.NAVIGATE),
    )
    screens = (
        Screen("home", r"/", ("/",)),
        Screen("products", r"/products", ("/products",)),
        Screen("product", r"/products/\d+", ("/products/1", "/products/2", "/products/3")),
        Screen("add", r"/products/add", ("/products/add",)),
        Screen(
            "add, refused", r"/products/add", ("/products/add",), press="form button", invalid=True
        ),
        Screen("change", r"/products/\d+/change", ("/products/1/change", "/products/3/change")),
        Screen("cart", r"/cart", ("/cart",)),
        Screen("delivery", r"/delivery", ("/delivery",)),
    )

    def __init__(self, bug: str = "") -> None:
        super().__init__(bug)
        seeds = (("Candles", 3.5, 12), ("Matches", 0.8, 40), ("Tea", 4.25, 7))
        self._products: dict[int, dict[str, Any]] = {
            number: {"id": number, "title": title, "price": price, "stock": stock}
            for number, (title, price, stock) in enumerate(seeds, start=1)
        }
        self._last = len(seeds)
        self._cart: dict[int, int] = {1: 2, 3: 1}

    @route("GET", "/")
    def home(self, _: Request) -> Response:
        return self.page("home", title="Welcome")

    @route("GET", "/delivery")
    def delivery(self, _: Request) -> Response:
        return self.page("delivery", title="Delivery")

    @route("GET", "/products")
    def listing(self, _: Request) -> Response:
        return self.page("products", title="Products", rows=list(self._products.values()))

    @route("GET", "/products/{}")
    def product(self, _: Request, number: int) -> Response:
        if number not in self._products:
            return self.not_found()
        row = self._products[number]
        return self.page("product", title=row["title"], row=row)

    @route("GET", "/products/add")
    def adding(self, _: Request) -> Response:
        return self.page("form", title="Add product", button="Add", row={}, errors=[])

    @route("POST", "/products/add")
    def add(self, request: Request) -> Response:
        row, errors = self._checked(request)
        if errors:
            return self._refused("Add product", "Add", request, errors)
        if self.bug == "error_on_add":
            return self.crash()
        if self.bug != "add_ignored":
            self._last += 1
            self._products[self._last] = {"id": self._last, **row}
        return redirect("/cart" if self.bug == "added_leads_to_cart" else "/products")

    @route("GET", "/products/{}/change")
    def changing(self, _: Request, number: int) -> Response:
        if number not in self._products:
            return self.not_found()
        row = self._products[number]
        return self.page("form", title="Change product", button="Change", row=row, errors=[])

    @route("POST", "/products/{}/change")
    def change(self, request: Request, number: int) -> Response:
        if number not in self._products:
            return self.not_found()
        row, errors = self._checked(request)
        if errors:
            return self._refused("Change product", "Change", request, errors)
        if self.bug == "price_becomes_stock":
            row["price"] = float(str(row["stock"]))
        if self.bug != "change_ignored":
            self._products[number] = {"id": number, **row}
        return redirect("/products")

    @route("POST", "/products/{}/remove")
    def remove(self, _: Request, number: int) -> Response:
        if self.bug != "remove_ignored":
            self._products.pop(number, None)
            self._cart.pop(number, None)
        return redirect("/products")

    @route("GET", "/cart")
    def cart(self, _: Request) -> Response:
        if self.bug == "error_on_cart":
            return self.crash()
        rows: list[dict[str, Any]] = []
        for number, quantity in self._cart.items():
            row = self._products[number]
            times = 1 if self.bug == "amount_ignores_quantity" else quantity
            rows.append({**row, "quantity": quantity, "amount": times * row["price"]})
        added = rows[:-1] if self.bug == "total_leaves_one_out" else rows
        total = sum(row["amount"] for row in added)
        return self.page("cart", title="Cart", rows=rows, total=total)

    @route("POST", "/cart")
    def put(self, request: Request) -> Response:
        number = int(request.form.get("product", "0"))
        if number in self._products and self.bug != "to_cart_ignored":
            self._cart[number] = self._cart.get(number, 0) + 1
        return redirect("/cart")

    @route("POST", "/cart/empty")
    def empty(self, _: Request) -> Response:
        self._cart.clear()
        return redirect("/cart")

    def _refused(self, title: str, button: str, request: Request, errors: list[str]) -> Response:
        return self.page("form", title=title, button=button, row=request.form, errors=errors)

    def _checked(self, request: Request) -> tuple[dict[str, Any], list[str]]:
        title = request.form.get("title", "").strip()
        errors = [] if title else ["Title must not be empty."]
        try:
            price, stock = float(request.form["price"]), int(request.form["stock"])
        except (KeyError, ValueError):
            return {}, [*errors, "Price and stock must be numbers."]
        if (price <= 0 or stock < 0) and self.bug != "negative_price_accepted":
            errors.append("Price and stock must not be negative.")
        return {"title": title, "price": price, "stock": stock}, errors
