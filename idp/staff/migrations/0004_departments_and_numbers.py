from django.db import migrations


def name_departments(apps, schema_editor):
    """A department administrator works in the department the account is bound to."""
    del schema_editor
    account_model = apps.get_model("staff", "StaffAccount")
    department_model = apps.get_model("staff", "StaffDepartment")
    for account in account_model.objects.exclude(department="").order_by("created_at"):
        department, _ = department_model.objects.get_or_create(
            name=account.department,
            defaults={"created_at": account.created_at, "updated_at": account.created_at},
        )
        account_model.objects.filter(id=account.id).update(works_in=department)


def keep_numbers(apps, schema_editor):
    """The staff number an account was made with is the first of its numbers."""
    del schema_editor
    number_model = apps.get_model("staff", "StaffNumber")
    for account in apps.get_model("staff", "StaffAccount").objects.all():
        number_model.objects.create(
            index=account.person_index, account=account, is_open=account.status != "closed"
        )


class Migration(migrations.Migration):
    """Where department administrators work, and the numbers of all."""

    dependencies = [("staff", "0003_departments_and_invited")]

    operations = [
        migrations.RunPython(name_departments, migrations.RunPython.noop),
        migrations.RunPython(keep_numbers, migrations.RunPython.noop),
    ]
