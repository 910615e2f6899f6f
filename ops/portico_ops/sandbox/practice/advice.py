"""What the practice tells patients about their illnesses, in plain words, in two languages."""

from __future__ import annotations

ADVICE = {
    "hypertension": (
        "Your blood pressure is better than when we started. Keep taking your pill each day.",
        "Su presión está mejor que cuando empezamos. Siga tomando su pastilla todos los días."),
    "prediabetes": (
        "Your blood sugar is a little above usual. Walks after meals help to bring it down.",
        "Su azúcar está un poco alta. Caminar después de comer ayuda a bajarla."),
    "type_2_diabetes": (
        "Your blood sugar is coming down. Check your feet each day and see the eye doctor "
        "once a year.",
        "Su azúcar está bajando. Revise sus pies cada día y vaya al oculista una vez al año."),
    "hyperlipidemia": (
        "Your cholesterol is lower. Keep taking your pill at bedtime.",
        "Su colesterol está más bajo. Siga tomando su pastilla al acostarse."),
    "hypothyroidism": (
        "Your thyroid dose looks right. Take it before breakfast, with water only.",
        "Su dosis para la tiroides está bien. Tómela antes del desayuno, solo con agua."),
    "heart_failure": (
        "Weigh yourself each morning. Call us if you gain 3 pounds in a day or 5 in a week.",
        "Pésese cada mañana. Llámenos si sube 3 libras en un día o 5 en una semana."),
    "atrial_fibrillation": (
        "Do not skip your blood thinner. Call us if you see blood in your urine or stool.",
        "No deje de tomar su anticoagulante. Llámenos si ve sangre en la orina o las heces."),
    "kidney_disease": (
        "Your kidneys are steady. Stay away from ibuprofen and naproxen.",
        "Sus riñones están estables. No tome ibuprofeno ni naproxeno."),
    "osteoarthritis": (
        "Gentle movement helps your knees. Rest when they swell.",
        "Moverse con cuidado ayuda a sus rodillas. Descanse si se hinchan."),
    "depression": (
        "We are glad that you feel better. Do not stop your pill without talking to us.",
        "Nos alegra que se sienta mejor. No deje su pastilla sin hablar con nosotros."),
    "anxiety": (
        "Slow breathing helps when worry comes. We can find you someone to talk to.",
        "Respirar despacio ayuda cuando llega la preocupación. Podemos buscarle con quién "
        "hablar."),
    "asthma": (
        "Use the daily inhaler each day, and the rescue inhaler only when you need it.",
        "Use el inhalador diario todos los días y el de rescate solo cuando lo necesite."),
    "rhinitis": (
        "Start your allergy pill two weeks before the season.",
        "Empiece su pastilla para la alergia dos semanas antes de la temporada."),
    "reflux": (
        "Eat your last meal 3 hours before bed.",
        "Coma por última vez 3 horas antes de acostarse."),
    "eczema": (
        "Use plain cream twice a day and short, cool baths.",
        "Use crema sin perfume dos veces al día y baños cortos y frescos."),
    "iron_deficiency": (
        "Your blood count is going up. Take your iron with orange juice.",
        "Su sangre está mejorando. Tome el hierro con jugo de naranja."),
    "vitamin_d_deficiency": (
        "Your vitamin D is back in the usual range. Keep taking it in winter.",
        "Su vitamina D ya está en lo usual. Siga tomándola en invierno."),
    "strep_throat": (
        "The throat test was positive. Finish all of the medicine.",
        "La prueba de garganta salió positiva. Termine toda la medicina."),
    "otitis": (
        "The ear is red inside. Pain should ease in 2 days. Finish all of the medicine.",
        "El oído está rojo por dentro. El dolor debe bajar en 2 días. Termine toda la "
        "medicina."),
    "sinusitis": (
        "This should get better by itself in 10 days. Drink water and rest.",
        "Esto debe mejorar solo en 10 días. Tome agua y descanse."),
    "sprained_ankle": (
        "Nothing is broken. Rest it, cool it, and lift it up.",
        "No hay nada roto. Descanse, ponga frío y levante el pie."),
    "urinary_infection": (
        "The urine test shows an infection. You should feel better in 2 days.",
        "La prueba de orina muestra una infección. Debe sentirse mejor en 2 días."),
    "cold": (
        "This is a cold. It goes away by itself. Rest and drink water.",
        "Es un resfriado. Se quita solo. Descanse y tome agua."),
    "rash": (
        "Something touched your skin that it does not like. The cream calms it.",
        "Algo tocó su piel y le hizo daño. La crema la calma."),
    "pneumonia": (
        "Your lungs are clearing. Take short walks and rest in between.",
        "Sus pulmones están mejorando. Camine un poco y descanse entre medio."),
}  # fmt: skip
