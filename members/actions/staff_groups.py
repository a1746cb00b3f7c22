"""What staff lists call the groups of staff: the names of the Electronic Staff Record, and what people type."""

from members.roles import STAFF_GROUPS

SPELLINGS = {
    "nursing": "Nursing and Midwifery Registered | Registered Nursing and Midwifery | Nursing | Nurse | Nurses | "
    "Registered Nurse | Staff Nurse | Midwifery | Midwife | Midwives | Health Visiting",
    "medical": "Medical | Medical and Dental Staff | Doctor | Doctors | Medic | Dental | Dentist | Consultant | GP",
    "allied_health": "Allied Health Professionals | Allied Health Professional | AHP | AHPs | Therapies | Therapist | "
    "Physiotherapy | Occupational Therapy | Paramedic | Paramedics",
    "science": "Healthcare Scientists | Healthcare Scientist | Health Care Science | Scientific | Biomedical Science",
    "clinical_support": "HCA | Healthcare Assistant | Health Care Assistant | Healthcare Support Worker | "
    "Clinical Support | Support to Clinical Staff | Nursing Associate | Support Worker",
    "social_work": "Social Worker | Social Workers",
    "social_care": "Social Care | Care and Support | Care Worker | Care Workers | Carer | Care Staff | Care Assistant",
    "pharmacy_psychology": "Add Prof Scientific and Technic | Additional Professional Scientific and Technical | "
    "Additional Professional Scientific and Technic | Professional Scientific and Technical | Pharmacy | Pharmacist | "
    "Psychology | Psychologist | Psychological Therapies",
    "administration": "Administrative and Clerical | Admin and Clerical | Admin | Administration | Administrative | "
    "A and C | Management | Manager | Managers | Senior Manager | Infrastructure Support | Corporate",
    "estates": "Estates and Ancillary | Estates | Facilities | Estates and Facilities | Catering | Ancillary | "
    "Domestic | Domestics | Housekeeping | Porter | Portering | Hotel Services",
    "housing": "Housing | Council | Community | Local Authority",
    "chaplaincy": "Chaplaincy | Chaplain | Spiritual Care | Chaplaincy and Spiritual",
    "volunteer": "Volunteers | Volunteering",
    "student": "Students | Trainee | Trainees | Learner",
    "other": "Others | Other Staff",
    "not_said": "Not said | Not stated | Not known | Unknown | Not specified | Undisclosed | N/A | -",
}


def plain(words: str) -> str:
    """Only what tells two names apart.

    >>> plain("Nursing & Midwifery,  registered")
    'nursingandmidwiferyregistered'
    """
    return "".join(letter for letter in words.casefold().replace("&", " and ") if letter.isalnum())


MEANT = {
    plain(spelling): group
    for group, name in STAFF_GROUPS.items()
    for spelling in (group, name, *SPELLINGS[group].split(" | "))
} | {"": "not_said"}


def group_called(words: str) -> str | None:
    """The staff group that the words mean, or None.

    >>> group_called("Estates and Ancillary"), group_called("Additional Clinical Services"), group_called("Pilot")
    ('estates', 'clinical_support', None)
    """
    return MEANT.get(plain(words))
