"""Words that carry grammar rather than meaning, and how a line of verse treats them."""

# Said without stress: they never stand on a beat, unless they are light as well.
_WEAK = frozenset(
    "a an the of and or nor to at as than if but from for in on by with into unto "
    "is are was were be been am has had have hath could would should can may might "
    "shall will must do does did doth hast hadst art wert wast shalt wilt dost didst "
    "i he she it we they you ye thou me him us them my thy his her its our your their "
    "that which who whose so 'tis 'twas 'twere 'twill 'twould i'm i'll i've i'd he's "
    "he'd he'll she's she'd she'll it's we've we'll we're they've they'll they're "
    "you're you've you'll thou'rt there's that's let's o' i' th' or 'mid 'neath o'er "
    "ere e'er till 'til 'em em some such were't is't on't for't to't "
    "when where while whilst though thro' through "
    "thee what how nor yet mine thine off up".split()
)
# Light words, which may stand on a beat or off it.
LIGHT = frozenset(
    "up off out down o'er through over yet mine thine thee what how why here there "
    "then now not no all each both more most less once this these those when where "
    "while though tho' thro' ere till like such some who let oh o ah lo ne'er e'er "
    "e'en still just too one his her him them me us they she "
    "cannot can't don't won't nay yea none own same since "
    "must shall will may might should would could".split()
)
UNSTRESSED = _WEAK - LIGHT
# No line ends with one of these: the reader would wait for the next word.
NEVER_LAST = frozenset(
    "a an the of and or nor to at as than if but from for with into unto by in on "
    "is are was were be am has had have hath could would should can may might shall "
    "will must do does did doth hast hadst art wert wast shalt wilt dost didst "
    "i he she we they ye thou my thy his its our your their that which who whose "
    "'tis 'twas 'twere 'twill 'twould i'm i'll i've i'd he's he'd he'll she's she'd "
    "it's we've we'll we're they've they'll they're you're you've you'll thou'rt "
    "there's that's let's o' i' th' 'mid 'neath o'er ere e'er till 'til em 'em some "
    "such when where while whilst though tho' thro' through every each because since "
    "upon beneath amid among amidst amongst between betwixt beside beyond toward "
    "towards within without like until against behind about 'gainst 'mong 'twixt oh o "
    "ah very so what how why not no this these those been "
    "mr mrs st ev'ry along throughout whether therefore unless although "
    "mine thine it other".split()
)
# Said with the stress of its neighbours; repeated freely in a poem.
COMMON = UNSTRESSED | LIGHT | NEVER_LAST
