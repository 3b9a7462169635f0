"""Sentences with numbers, times, persons and ifs: (base, sentence, facts that it states, subjects to ask about).

A bound is a fact that decides a condition or leaves it open. "" among the subjects: a number that belongs to nothing
that the base knows, which is said. TOLD was written before the reading was mended, HELD afterwards, to judge it.
"""

E, Z = "medical", "medical-zh"

TOLD = [
    # a value, and what denies it
    (E, "my temperature is 39.5", {"temperature = 39.5"}, set()),
    (E, "my temperature has never been 39.5", set(), {"temperature"}),
    (E, "my temperature is not 39.5", set(), {"temperature"}),
    (E, "temperature 39,5 and a headache", {"temperature = 39.5", "headache"}, set()),
    (E, "temperature: ３９．５", {"temperature = 39.5"}, set()),
    (E, "thirty-nine point five degrees", {"temperature = 39.5"}, set()),
    (E, "I have a fever of 39.5", {"fever"}, {""}),
    # bounds
    (E, "my temperature is below 38", {"temperature < 38"}, set()),
    (E, "my temperature is not over 39", {"temperature <= 39"}, set()),
    (E, "temperature between 38 and 39", {"temperature >= 38", "temperature <= 39"}, set()),
    (E, "temperature no more than 38.5, but at least 37.5",
     {"temperature >= 37.5", "temperature <= 38.5"}, set()),
    (E, "a temperature of 39 or more", {"temperature >= 39"}, set()),
    (E, "my temperature has never been above 38", {"temperature <= 38"}, set()),
    (E, "temperature > 38.5 °C and a cough", {"temperature > 38.5", "cough"}, set()),
    (E, "my temperature is not between 38 and 39", set(), {"temperature"}),
    (E, "my temperature is about 37", {"temperature >= 36.5", "temperature <= 37.5"}, set()),
    # units
    (E, "temperature 102 °F", {"temperature = 38.89"}, set()),
    (E, "my temperature is 99", set(), {"temperature"}),
    (E, "I am 70 years old and cough", {"age = 70", "cough"}, set()),
    (E, "I am over 65 years old", {"age > 65"}, set()),
    # numbers that are about something else
    (E, "I began coughing about 3 days ago", {"cough"}, {""}),
    (E, "I took 500 mg of paracetamol, my temperature is 38.2", {"temperature = 38.2"}, {""}),
    (E, "on 3 May my headache began", {"headache"}, {""}),
    (E, "I coughed 3 days ago", set(), {"", "cough"}),
    (E, "I take over the counter pills for my headache", {"headache"}, set()),
    (E, "my temperature is under control", set(), {"temperature"}),
    # ifs, others, times, questions
    (E, "what if I had a fever", set(), {"fever"}),
    (E, "if my temperature goes over 39 I will call", set(), {"temperature"}),
    (E, "my son had a fever last year", set(), {"fever"}),
    (E, "I have a cough, my son has a fever", {"cough"}, {"fever"}),
    (E, "I used to have headaches", set(), {"headache"}),
    (E, "yesterday my temperature was 39.5", set(), {"temperature"}),
    (E, "yesterday my temperature was 39.5, now it is 37.2", {"temperature = 37.2"}, set()),
    (E, "I have had a fever since yesterday", {"fever"}, set()),
    (E, "I have a cough. Is 38.5 a fever?", {"cough"}, {"", "fever"}),
    (E, "I no longer have a fever", {"not fever"}, set()),
    (E, "maybe I have a fever", set(), {"fever"}),
    (E, "I have hay fever", set(), {"hay fever"}),
    (E, "I am not without a headache", {"headache"}, set()),
    # Chinese: a value, and what denies it
    (Z, "体温三十九度五", {"体温 = 39.5"}, set()),
    (Z, "体温39度5，头痛", {"体温 = 39.5", "头痛"}, set()),
    (Z, "体温３９．５度", {"体温 = 39.5"}, set()),
    (Z, "体温三十九点五", {"体温 = 39.5"}, set()),
    (Z, "体温39,5", {"体温 = 39.5"}, set()),
    (Z, "体温从来没有39.5度", set(), {"体温"}),
    (Z, "体温不是39度", set(), {"体温"}),
    # bounds
    (Z, "体温没有超过38度", {"体温 <= 38"}, set()),
    (Z, "体温不到38度", {"体温 < 38"}, set()),
    (Z, "体温37度左右", {"体温 >= 36.5", "体温 <= 37.5"}, set()),
    (Z, "体温低于37.5", {"体温 < 37.5"}, set()),
    (Z, "体温39度以上", {"体温 >= 39"}, set()),
    (Z, "体温在38到39度之间", {"体温 >= 38", "体温 <= 39"}, set()),
    (Z, "体温不超过39度，但至少38度", {"体温 >= 38", "体温 <= 39"}, set()),
    (Z, "体温三十八九度", {"体温 >= 38", "体温 <= 39"}, set()),
    (Z, "我已经65岁以上了", {"年龄 >= 65"}, set()),
    # units
    (Z, "体温华氏102度", {"体温 = 38.89"}, set()),
    (Z, "体温102℉", {"体温 = 38.89"}, set()),
    # numbers that are about something else
    (Z, "咳嗽3天了", {"咳嗽"}, {""}),
    (Z, "吃了500毫克布洛芬，体温38.2度", {"体温 = 38.2"}, {""}),
    (Z, "大概3天前开始发烧", {"发烧"}, {""}),
    (Z, "3天前咳嗽", set(), {"", "咳嗽"}),
    # ifs, others, times, questions, longer words
    (Z, "如果我发烧怎么办", set(), {"发烧"}),
    (Z, "我儿子去年发烧", set(), {"发烧"}),
    (Z, "我咳嗽，我妈妈发烧", {"咳嗽"}, {"发烧"}),
    (Z, "以前经常头痛", set(), {"头痛"}),
    (Z, "昨天体温39.5度", set(), {"体温"}),
    (Z, "昨天体温39.5度，现在37度", {"体温 = 37"}, set()),
    (Z, "从昨天开始发烧", {"发烧"}, set()),
    (Z, "我有没有发烧", set(), {"发烧"}),
    (Z, "我不是没有发烧", {"发烧"}, set()),
    (Z, "可能发烧了", set(), {"发烧"}),
    (Z, "我是音乐发烧友", set(), set()),
    (Z, "已经退烧了", {"not 发烧"}, set()),
    (Z, "咳嗽已经好了", {"not 咳嗽"}, set()),
    # the course's own, in near wordings
    (Z, "持续咳嗽，夜间出汗", {"持续咳嗽", "夜间盗汗"}, set()),
    (Z, "持续性咳嗽，晚上出汗", {"持续咳嗽", "夜间盗汗"}, set()),
    (Z, "一直咳嗽，还盗汗", {"持续咳嗽", "夜间盗汗"}, set()),
    (E, "a lasting cough and night sweats", {"cough for over three weeks", "night sweats"}, set()),
]  # fmt: skip
