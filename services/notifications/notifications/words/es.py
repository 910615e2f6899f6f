"""Lo que decimos, en español: the same keys as ``en.py``, a test holds them together.

Usted, neutral US and Latin American words (DESIGN §11). A native medical translator has yet to
review them.
"""

WORDS = {
    "invitation": {
        "subject": "Cree su cuenta en {practice}",
        "body": [
            "{practice} tiene un lugar seguro en línea para su salud.",
            "Allí puede ver sus resultados, hacer citas y escribirnos. "
            "Crear la cuenta toma unos 5 minutos.",
            "Su código es {code}. Sirve hasta el {expires_day}. "
            "También le vamos a pedir su fecha de nacimiento.",
            "Si no quiere una cuenta, puede borrar este correo. O llámenos al {phone}.",
        ],
        "button": "Crear mi cuenta",
        "text": "{practice}: cree su cuenta. Código {code}, sirve hasta el {expires_day}. {link}",
    },
    "staff_invitation": {
        "subject": "Su cuenta de trabajo en {practice}",
        "body": [
            "{practice} creó una cuenta para que usted trabaje en el portal de pacientes.",
            "Elija una clave para empezar. El botón sirve una sola vez, hasta el {expires_day}.",
            "No reenvíe este correo. Quien lo tiene puede entrar a su cuenta.",
            "Si usted no trabaja en {practice}, llámenos al {phone}.",
        ],
        "button": "Elegir mi clave",
        "text": "{practice}: su cuenta de trabajo está lista. Elija su clave hasta el "
        "{expires_day}. {link} ¿No es para usted? Llame al {phone}.",
    },
    "welcome": {
        "subject": "Su cuenta en {practice} está lista",
        "body": [
            "Su cuenta está lista. Puede entrar cuando quiera.",
            "Si usted no creó esta cuenta, llámenos ya al {phone}.",
        ],
        "button": "Ir a mi cuenta",
        "text": "{practice}: su cuenta está lista. {link}",
    },
    "account_locked": {
        "subject": "La entrada a su cuenta en {practice} está en pausa",
        "body": [
            "Alguien quiso entrar a su cuenta muchas veces con una clave o un código "
            "que no es el suyo.",
            "Para cuidarle, nadie puede entrar hasta esta hora: {until}. "
            "Luego puede intentar otra vez.",
            "Si no fue usted, llámenos al {phone}.",
        ],
        "button": "Ir a la entrada",
        "text": "{practice}: la entrada a su cuenta está en pausa hasta esta hora: {until}. "
        "¿No fue usted? Llame al {phone}.",
    },
    "sign_in_changed": {
        "subject": "Cambió la forma de entrar a su cuenta en {practice}",
        "body": [
            "La forma de entrar a su cuenta cambió hace poco.",
            "Si fue usted, no tiene que hacer nada.",
            "Si no fue usted, llámenos ya al {phone}.",
        ],
        "button": "Ir a la entrada",
        "text": "{practice}: cambió la forma de entrar a su cuenta. "
        "¿No fue usted? Llame al {phone}. {link}",
    },
    "sign_in_code": {
        "subject": "Su código para entrar en {practice}",
        "body": [
            "Su código es {code}. Sirve hasta esta hora: {until}.",
            "No se lo dé a nadie. Nunca vamos a llamarle para pedirlo.",
        ],
        "button": "Ir a la entrada",
        "text": "{practice}: su código es {code}. Sirve hasta esta hora: {until}. "
        "No se lo dé a nadie.",
    },
    "recovery": {
        "subject": "Elija una nueva clave en {practice}",
        "body": [
            "Puede elegir una nueva clave para su cuenta. El botón sirve una sola vez, "
            "hasta esta hora: {until}.",
            "No reenvíe este correo. Quien lo tiene puede entrar a su cuenta.",
            "Si usted no lo pidió, no tiene que hacer nada. Su clave sigue igual.",
        ],
        "button": "Elegir una nueva clave",
        "text": "{practice}: elija una nueva clave. Sirve una sola vez, hasta esta hora: {until}. "
        "{link} ¿No lo pidió? No haga nada.",
    },
    "password_reset": {
        "subject": "Cambió la clave de su cuenta en {practice}",
        "body": [
            "La clave de su cuenta cambió hace poco. Cerramos su cuenta en todos lados.",
            "Si fue usted, ya puede entrar con la nueva.",
            "Si no fue usted, llámenos ya al {phone}.",
        ],
        "button": "Ir a la entrada",
        "text": "{practice}: cambió la clave de su cuenta. ¿No fue usted? Llame al {phone}. {link}",
    },
    "access_reset": {
        "subject": "Cambió la clave de su cuenta en {practice}",
        "body": [
            "La clave de su cuenta cambió hace poco, con un código que dimos aquí.",
            "Cerramos su cuenta en todos lados. Si tenía un segundo paso, ya no está activo. "
            "Puede activarlo otra vez en sus ajustes.",
            "Si no fue usted, llámenos ya al {phone}.",
        ],
        "button": "Ir a la entrada",
        "text": "{practice}: cambió la clave de su cuenta con un código que dimos aquí. "
        "¿No fue usted? Llame al {phone}. {link}",
    },
    "visit_booked": {
        "subject": "Su cita en {practice} está hecha",
        "body": [
            "Su cita es el {day}, {time}.",
            "Lugar: {place}",
            "Este correo trae un archivo. Ábralo para poner la cita en su calendario.",
            "Si necesita cambiarla, entre a su cuenta o llámenos al {phone}.",
        ],
        "button": "Ver mi cita",
        "text": "{practice}: su cita es el {day}, {time}, {short_place}. Para cambiarla: {link}",
    },
    "visit_cancelled": {
        "subject": "Su cita en {practice} está cancelada",
        "body": [
            "Su cita del {day}, {time}, está cancelada.",
            "Para hacer otra cita, entre a su cuenta o llámenos al {phone}.",
        ],
        "button": "Hacer otra cita",
        "text": "{practice}: su cita del {day}, {time}, está cancelada. Otra cita: {link}",
    },
    "visit_reminder": {
        "subject": "Se acerca su cita en {practice}",
        "body": [
            "Tiene una cita el {day}, {time}.",
            "Lugar: {place}",
            "Si no puede venir, entre a su cuenta o llámenos al {phone}. "
            "Le ayudamos a hacer otra cita.",
        ],
        "button": "Ver mi cita",
        "text": "{practice}: tiene una cita el {day}, {time}, {short_place}. "
        "¿No puede venir? {link}",
    },
    "result_released": {
        "subject": "Tiene un nuevo resultado en {practice}",
        "body": ["Tiene un nuevo resultado de una prueba. Entre a su cuenta para verlo."],
        "button": "Ver mi resultado",
        "text": "{practice}: tiene un nuevo resultado. Entre para verlo: {link}",
    },
    "result_commented": {
        "subject": "Tiene una nueva nota de su equipo en {practice}",
        "body": [
            "Su equipo le escribió una nota sobre un resultado. Entre a su cuenta para leerla."
        ],
        "button": "Leer la nota",
        "text": "{practice}: tiene una nueva nota de su equipo. Entre para leerla: {link}",
    },
    "message_received": {
        "subject": "Tiene un nuevo mensaje en {practice}",
        "body": ["Tiene un nuevo mensaje. Entre a su cuenta para leerlo."],
        "button": "Leer mi mensaje",
        "text": "{practice}: tiene un nuevo mensaje. Entre para leerlo: {link}",
    },
    "request_received": {
        "subject": "Recibimos su pedido en {practice}",
        "body": [
            "Recibimos su pedido. Pensamos responder a más tardar el {due_day}.",
            "Si no puede esperar tanto, llámenos al {phone}.",
        ],
        "button": "Ver mi pedido",
        "text": "{practice}: recibimos su pedido. Pensamos responder a más tardar el {due_day}. "
        "{link}",
    },
    "request_updated": {
        "subject": "Hay novedades de su pedido en {practice}",
        "body": ["Hay novedades de su pedido. Entre a su cuenta para verlas."],
        "button": "Ver mi pedido",
        "text": "{practice}: hay novedades de su pedido. Entre para verlas: {link}",
    },
    "statement_issued": {
        "subject": "Tiene una nueva factura en {practice}",
        "body": [
            "Tiene una nueva factura. Puede pagar hasta el {due_day}.",
            "Entre a su cuenta para verla y pagar. Si tiene preguntas, llámenos al {phone}.",
        ],
        "button": "Ver mi factura",
        "text": "{practice}: tiene una nueva factura. Entre para verla: {link}",
    },
    "payment_succeeded": {
        "subject": "Gracias por su pago a {practice}",
        "body": [
            "Recibimos su pago de {amount} el {paid_day}.",
            "{card_line}",
            "Este correo es su recibo. También lo puede ver en su cuenta.",
        ],
        "button": "Ver mi factura",
        "text": "{practice}: recibimos su pago de {amount}. Gracias. {link}",
    },
    "payment_failed": {
        "subject": "Su pago a {practice} no se pudo hacer",
        "body": [
            "Su pago no se pudo hacer. No le cobramos nada.",
            "Puede intentar otra vez con la misma tarjeta o con otra. "
            "O llámenos al {phone} y le ayudamos.",
        ],
        "button": "Intentar otra vez",
        "text": "{practice}: su pago no se pudo hacer. Puede intentar otra vez: {link}",
    },
}

COMMON = {
    "why": "Recibe este correo porque es paciente de {practice}.",
    "why_staff": "Recibe este correo porque trabaja en {practice}.",
    "call": "¿Preguntas? Llámenos al {phone}.",
    "emergency": "Si es una emergencia, llame al 911.",
    "link_help": "Si el botón no funciona, copie esta dirección:",
    "no_reply": "Nadie lee las respuestas a este correo. Entre a su cuenta para escribirnos.",
    "stop": "No recibir más correos de este tipo",
    "card_line": "Tarjeta que termina en {last_four}.",
    "visit": "Cita en {practice}",
    "video": "Cita por video. Entre a su cuenta para unirse.",
    "phone_visit": "Por teléfono. Nosotros le llamamos.",
    "video_short": "por video",
    "phone_short": "por teléfono",
}
