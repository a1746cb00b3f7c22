"""Words that the rules know."""

NUMBER_WORDS = (
    "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    "|eighteen|nineteen|twenty)"
)
# After a number they say that it counts something.
COUNTED = (
    r"(?:seconds?|minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|months?|years?|times?|shifts?|of|per|percent|patients?"
    r"|people|nurses?|doctors?|staff|beds?|more|others?|children|men|women|families|calls?|am|pm|o'clock|litres?|ml|mg|kg"
    r"|miles?|pounds?|degrees)\b"
)

# No name begins with these, though a sentence or a title may.
SMALL = frozenset(
    """a about after again all also always am an and another any anybody anyone are aren't as at away back be because
    been before being both but by called came can can't could did didn't do does doesn't done down during each
    either else even ever every everybody everyone everything few first for from gave get go goes going gone got had
    hadn't has hasn't have haven't having he he's her here hers him himself his how i i'd i'll i'm i've if in into
    is isn't it it's its itself just knew know last later like looked made many me more most much must my myself
    never next no nobody none nor not nothing now of off often on once one only onto or other our ours out over own
    please put ran said same saw says see seen she she's should since so some somebody someone something soon still
    such take taken than that that's the their them then there there's these they they're thing think this those
    though thought through till to told too took tried two under until up upon us very was wasn't we we're well went
    were weren't what when where whether which while who whom whose why will with within without won't would
    wouldn't yes yesterday yet you your yours today tomorrow tonight looked walked asked spoke sat stood cried
    laughed left arrived sent wrote rang phoned felt explained answered wanted needed says knows thinks comes""".split()
)
DAYS_AND_MONTHS = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march july september october november
    december christmas easter ramadan eid diwali""".split()
)
ROLE_WORDS = frozenset(
    """accountant administrator advocate almoner anaesthetist artist assistant associate audiologist auditor baker
    barber bereavement biochemist biologist bishop bookkeeper builder caretaker carer carpenter caterer chaplain
    chef cleaner clerk clinician consultant cook coordinator coroner counsellor courier dentist dermatologist
    dietician dietitian director doctor doorman driver electrician embalmer endocrinologist engineer executive
    facilitator gardener geneticist governor gp guardian gynaecologist haematologist hca healthcare housekeeper imam
    in-charge interpreter investigator joiner lead lecturer librarian manager matron mentor microbiologist midwife
    mortician neurologist neurosurgeon nurse obstetrician oncologist ophthalmologist optometrist organist orthoptist
    orthotist osteopath paediatrician painter paramedic pathologist perfusionist pharmacist phlebotomist
    photographer physician physicist physio physiologist physiotherapist pianist plumber podiatrist porter
    practitioner priest professor prosthetist psychiatrist psychologist psychotherapist rabbi radiographer
    radiologist receptionist registrar rheumatologist scientist secretary sister sonographer specialist stoma
    student superintendent supervisor support surgeon tailor teacher technician technologist telephonist therapist
    trainee translator tutor undertaker urologist vicar virologist visitor volunteer watchman worker""".split()
)
PERSONS = frozenset("man woman male female muslim jew sikh hindu christian buddhist quaker mother father".split())
# Posts of which an employer has one.
POSTS = (
    r"(?:chief executive|chief nurse|chief pharmacist|chief medical officer|chief operating officer|medical director"
    r"|nursing director|clinical director|finance director|deputy chief nurse|managing director|chair of the (?:trust"
    r"|board)|freedom to speak up guardian|caldicott guardian|organ donation nurse|admiral nurse"
    r"|head (?:of [a-z]{3,20}(?: (?:and|medicine|care|services) ?[a-z]{0,20})?|chaplain|porter|gardener|chef)"
    r"|director of [a-z]{3,20}|lead chaplain|mortuary (?:manager|technician)|medical examiner|bereavement midwife"
    r"|play specialist|hospital (?:organist|artist|librarian|gardener|hairdresser))"
)
# What a patient's relative or a colleague may be called by, before a name; and offices.
TITLES_IN_SHORT = "dr drs mr mrs ms mx prof fr rev revd".split()
TITLES_AS_WORDS = """doctor miss professor sister nurse staff_nurse charge_nurse student_nurse matron consultant
    registrar midwife chaplain imam rabbi pastor canon father mother reverend vicar brother sir dame lady lord captain
    sergeant porter paramedic physio hca healthcare_assistant pharmacist surgeon anaesthetist psychiatrist
    psychologist therapist physiotherapist radiographer phlebotomist dietitian housekeeper cleaner receptionist
    volunteer patient colleague friend husband wife partner son daughter mum dad granny grandad nan auntie aunt
    uncle cousin nephew niece granddaughter grandson""".split()
PARTICLES = frozenset(
    "de da di do du del della dos van von der den ter ten la le el al ul bin binti bint ibn ap ab abu af av st".split()
)
NOT_CALLED = frozenset(
    """security switchboard resus pharmacy maternity theatre theatres reception estates microbiology radiology xray
    x-ray outreach crash portering police ambulance mum dad god jesus christ allah lord schwartz round rounds datix
    bed site medical surgical cardiology oncology paediatrics psychiatry neurology haematology occupational human
    children's adult social british english scottish welsh irish""".split()
)
NO_NAME_OF_A_WARD = (
    SMALL
    | DAYS_AND_MONTHS
    | ROLE_WORDS
    | frozenset(
        """nhs maternity stroke surgical medical stepdown elderly acute admissions assessment general paediatric
    children's postnatal antenatal labour cardiac renal respiratory orthopaedic trauma oncology psychiatric
    rehabilitation rehab covid isolation virtual side open locked mixed male female day night care old new
    busy""".split()
    )
)

# Names that are words as well. They are found only where they stand as names: beside another name of the same person,
# or within a sentence with a capital.
ALSO_WORDS = frozenset(
    """able ace acre ago amber an angel any apple april arch art as ash at august autumn baker banks barber barker
    barley barn baron bass bay be beach bean bear bee bell belle bench berry best bill birch bird black blessing
    bliss bloom blossom blue bond book booth boss bow bowl bowler box brand bread breeze brick bride bridge bright
    brisk broad brook brother brown buck bull burden burn burns bush butcher butler butter button buzz by cable cage
    camp candy cannon carpenter case cash castle chain chambers champion chance chapel charity chase cherry chick
    child chin christian christmas church clay clear cliff close coal coast comfort cook cooper coral corn cotton
    couch craft crane creed crisp crook cross crow crown cruise cuff curry daisy dale damp dance dark dash dawn day
    dean dear deeds deer destiny dial diamond dice dick dish do dock doctor drake dream drew driver drum duck duke
    dusty dyer earl early east easter ebony eden elder ember england english eve ever fair fairy faith falls fan
    fancy farmer fears feather fern field fields finch fish fisher flag flint flood flora flowers fog foot ford
    forest forester foster fountain fox frank free freedom freeman french friday frost fry gardener gates gay gene
    gentle gentry gift ginger glass glazier glen glory go gold golden good goodwill goose grace grain grant grave
    graves gray green grey groom grove guest gully gun ha hale hammer hand hands handy hang happy hard hardy harmony
    harp harvest hatch hay hazel he head heard heart heath heather heaven heel help herb hero hi hill hills ho hobby
    holiday holly home honey hong honor hood hook hope horn house hung hunt hunter hush ice in indigo innocent iris
    is it ivory ivy jade january jasmine jay jet jewel job joiner jolly joy judge july june just justice keen keeper
    key keys kind king kite kitty knight knoll la lad lake lamb land lane large lark lass laurel lavender law lawn
    lay leaf liberty light lily linden line link list little lock lodge long lord lot love lovely low lucky mace
    maiden major man mane mann manner march marina mark marks marsh marvel mason masters mate matron may me mead
    meadows melody men mercy merit merry messenger miles mill miller mills mince minister mint mist mister modest
    monday monk moody moon moor moral more moss most motley mould mountain much mustard my myrtle nail neat nice
    night no noble noon north nurse nut oak oats ocean of oh old olive on opal or orange orchard orchid otter owl
    pace pack page pain painter palm pan parish park parker parson patch patience peace peach pear pearl pearls peel
    penny pepper peppers person pet petal phoenix pick pike pilgrim pink piper plum poor pope poppy porter post
    potter pound power powers precious price pride priest prince prior prize prosper proud prudence purse quick
    quill quince rain rainbow ran ransom raven ray read reader reading rebel reed reef rich rider ridge ring rise
    river rivers rob robin rock rocky rogue rose rosemary rough rowan ruby rude rush russet rye sadler saffron sage
    said sailor salmon salt sands sandy sang savage sawyer say scarlet school scope sea seal season seat see seen
    self senior serene sergeant shade sharp she shepherd shine ship shore short shy silver sim simple sing singer
    sister sky slack slate slaughter sleep small smart snow so son song soul south spark sparks sparrow spear speed
    spice spring sprout squire stable star stark starling steel steer stern stock stone stones storm story strange
    street stride strong sugar sum summer summers sun sunday sung sunny sunshine swan sweet swift tailor talent tang
    tanner teal tell temperance temple tender thorn thrush tidy tiger till tiller timber time to toll treasure treat
    tree trinity true trust tuesday underhill unity up us valentine velvet verity via vicar victor victory vine
    viola violet virtue wake walker wall walls wan ward warden waters way we weaver weeks welcome wells welsh west
    wheat wheeler white wild wilder will willing willow wills winder wing winter winters wise wish wolf wood woods
    woody workman worth wren yard yeoman yes yew yip you young zest""".split()
)
# Of those, the ones that stand with a capital without being a name: found only beside another name of the same person.
OFTEN_CAPITAL = frozenset(
    """ward nurse sister brother doctor matron porter trust hall house court street lane road park bay school church
    chapel abbey castle temple lodge grove hill north south east west english french welsh christian christmas
    easter monday tuesday friday sunday january july march lord god major minister priest pope vicar judge mister
    king prince duke earl summer spring autumn winter england head senior trinity home unit""".split()
)
