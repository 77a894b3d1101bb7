"""Two related models for Django's admin, which is the application under test."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=80)
    email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    title = models.CharField(max_length=120)
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    pages = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5000)])
    published = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.title
