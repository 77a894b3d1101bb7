"""Small applications that nothing in Argus was tuned on, with bugs to switch on and labels."""

from argus.services.qa.benchmark.applications.contacts import Contacts
from argus.services.qa.benchmark.applications.helpdesk import Helpdesk
from argus.services.qa.benchmark.applications.rooms import Rooms
from argus.services.qa.benchmark.applications.shop import Shop
from argus.services.qa.benchmark.applications.web import Application

FAMILY: tuple[type[Application], ...] = (Contacts, Shop, Rooms, Helpdesk)
