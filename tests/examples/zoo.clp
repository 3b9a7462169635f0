; The zebra of the course, in CLIPS.
(defrule mammal "Only mammals grow hair." (has hair) => (assert (mammal)))
(defrule ungulate (mammal) (or (has hooves) (chews cud)) => (assert (ungulate)))
(defrule zebra (ungulate) (black stripes) => (assert (zebra)) (printout t "a zebra" crlf))
